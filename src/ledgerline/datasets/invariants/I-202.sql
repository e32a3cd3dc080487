-- I-202: A refund that webhooks signed a second time, under another name, is before people.
SELECT f.bucket, f.id AS refund_id, f.psp_ref, e.psp_account, e.event_key
  FROM psp_event AS e
  JOIN refund AS f ON f.id::text = lower(e.reference) AND f.psp_account = e.psp_account
 WHERE e.state = 'applied' AND f.state IN ('succeeded', 'reversed')
   AND (e.told::json ->> 'kind', e.told::json ->> 'outcome') = ('refund', 'succeeded')
   AND (e.told::json ->> 'amount', e.told::json ->> 'currency')
       = (f.amount_minor::text, f.currency)
   AND e.told::json ->> 'psp_ref' <> f.psp_ref
   AND NOT EXISTS (SELECT FROM money_exception AS x
                    WHERE x.subject_id = f.id AND x.bucket = f.bucket
                      AND x.reason = 'refunded_twice'
                      AND position(e.told::json ->> 'psp_ref' IN x.detail) > 0)

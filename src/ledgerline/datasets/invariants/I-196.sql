-- I-196: A charge that webhooks signed a second time, under another name, is before people.
SELECT a.bucket, a.id AS attempt_id, a.psp_ref, e.psp_account, e.event_key
  FROM psp_event AS e
  JOIN attempt AS a ON a.id::text = lower(e.reference) AND a.psp_account = e.psp_account
 WHERE e.state = 'applied' AND a.state = 'succeeded'
   AND (e.told::json ->> 'kind', e.told::json ->> 'outcome') = ('charge', 'succeeded')
   AND (e.told::json ->> 'amount', e.told::json ->> 'currency')
       = (a.amount_minor::text, a.currency)
   AND e.told::json ->> 'psp_ref' <> a.psp_ref
   AND NOT EXISTS (SELECT FROM money_exception AS x
                    WHERE x.subject_id = a.id AND x.bucket = a.bucket
                      AND x.reason = 'charged_twice'
                      AND position(e.told::json ->> 'psp_ref' IN x.detail) > 0)

-- I-197: A charge or refund that a webhook signed of another amount than asked is before people.
SELECT s.bucket, s.id, s.amount_minor, s.currency, e.psp_account, e.event_key
  FROM psp_event AS e
  JOIN (SELECT a.bucket, a.id, a.psp_account, a.amount_minor, a.currency, 'charge' AS kind
          FROM attempt AS a
         UNION ALL
        SELECT r.bucket, r.id, r.psp_account, r.amount_minor, r.currency, 'refund'
          FROM refund AS r) AS s
    ON s.id::text = lower(e.reference) AND s.psp_account = e.psp_account
   AND s.kind = e.told::json ->> 'kind'
 WHERE e.state = 'applied' AND e.told::json ->> 'outcome' = 'succeeded'
   AND (e.told::json ->> 'amount', e.told::json ->> 'currency')
       <> (s.amount_minor::text, s.currency)
   AND NOT EXISTS (SELECT FROM money_exception AS x
                    WHERE x.subject_id = s.id AND x.bucket = s.bucket
                      AND x.reason = 'amount_differs')

-- I-15: A succeeded payment has exactly one receipt, of its amount; no other payment has one.
SELECT p.bucket, p.id, p.state, p.amount_minor, r.receipts, r.amount_minor AS receipt_minor
  FROM payment AS p
  LEFT JOIN (SELECT c.bucket, c.subject_id, count(*) AS receipts, min(c.amount_minor) AS amount_minor,
                    min(c.currency) AS currency
               FROM receipt AS c
              WHERE c.kind = 'payment'
              GROUP BY c.bucket, c.subject_id) AS r
    ON r.bucket = p.bucket AND r.subject_id = p.id
 WHERE CASE WHEN p.state = 'succeeded'
            THEN (r.receipts, r.amount_minor, r.currency)
                 IS DISTINCT FROM (1::bigint, p.amount_minor, p.currency)
            ELSE r.receipts IS NOT NULL END

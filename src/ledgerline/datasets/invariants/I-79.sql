-- I-79: No period is billed by a renewal before it begins where the customer lives.
SELECT i.bucket, i.id AS invoice_id, i.issued_at, l.period_start, s.zone
  FROM invoice AS i
  JOIN subscription AS s ON s.bucket = i.bucket AND s.id = i.subscription_id
 CROSS JOIN LATERAL (
       SELECT min(n.period_start) AS period_start
         FROM invoice_line AS n
        WHERE n.bucket = i.bucket AND n.invoice_id = i.id AND n.kind = 'recurring') AS l
 WHERE i.cause = 'renewal'
   AND i.issued_at < (l.period_start::timestamp AT TIME ZONE s.zone) - interval '1 hour'

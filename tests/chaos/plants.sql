-- name: read_open
-- Payments with exactly one attempt that has not ended.
SELECT a.bucket, a.payment_id, min(a.psp_account) AS psp_account, min(a.psp_token) AS psp_token,
       min(a.currency) AS currency, min(a.amount_minor) AS amount_minor
  FROM attempt AS a
  JOIN payment AS p ON p.bucket = a.bucket AND p.id = a.payment_id AND p.state = 'processing'
 WHERE a.state IN ('sent', 'unknown') AND %(nothing)s::text IS NULL
 GROUP BY a.bucket, a.payment_id
HAVING count(*) = 1
 LIMIT 5

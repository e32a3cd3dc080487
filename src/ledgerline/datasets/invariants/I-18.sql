-- I-18: What was captured for an invoice, at all providers together, is never more than it claims.
SELECT i.bucket, i.id, i.total_minor - i.credit_used_minor AS claimed_minor,
       sum(a.amount_minor) AS captured_minor
  FROM invoice AS i
  JOIN payment AS p ON p.bucket = i.bucket AND p.invoice_id = i.id
  JOIN attempt AS a ON a.bucket = p.bucket AND a.payment_id = p.id AND a.state = 'succeeded'
 GROUP BY i.bucket, i.id
HAVING sum(a.amount_minor) > i.total_minor - i.credit_used_minor

-- R-03: Every payment belongs to an invoice, and every claim that is open has one.
SELECT coalesce(p.bucket, i.bucket) AS bucket, p.id AS payment_id, i.id AS invoice_id
  FROM payment AS p
  FULL JOIN invoice AS i ON i.bucket = p.bucket AND i.id = p.invoice_id
 WHERE i.id IS NULL OR (p.id IS NULL AND i.state = 'open')

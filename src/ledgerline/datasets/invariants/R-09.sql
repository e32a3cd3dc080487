-- R-09: Every purchase belongs to a subscription, an invoice and a payment that exist.
SELECT p.bucket, p.id, p.subscription_id, p.invoice_id, p.payment_id
  FROM purchase AS p
  LEFT JOIN subscription AS s ON s.bucket = p.bucket AND s.id = p.subscription_id
  LEFT JOIN invoice AS i ON i.bucket = p.bucket AND i.id = p.invoice_id
  LEFT JOIN payment AS m ON m.bucket = p.bucket AND m.id = p.payment_id
 WHERE s.id IS NULL OR i.id IS NULL OR (p.payment_id IS NOT NULL AND m.id IS NULL)

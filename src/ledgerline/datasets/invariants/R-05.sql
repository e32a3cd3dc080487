-- R-05: All cover belongs to an invoice and a subscription.
SELECT c.bucket, c.subscription_id, c.starts_at, c.invoice_id
  FROM cover AS c
  LEFT JOIN invoice AS i
    ON i.bucket = c.bucket AND i.id = c.invoice_id AND i.subscription_id = c.subscription_id
 WHERE i.id IS NULL

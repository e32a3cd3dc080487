-- I-37: Paid cover has a paid invoice of the same customer; a trial's invoice claims nothing.
SELECT c.bucket, c.subscription_id, c.starts_at, c.reason, i.state, i.total_minor
  FROM cover AS c
  JOIN invoice AS i ON i.bucket = c.bucket AND i.id = c.invoice_id
 WHERE (c.reason = 'paid' AND i.state <> 'paid')
    OR (c.reason = 'trial' AND (i.state <> 'paid' OR i.total_minor <> 0))
    OR c.customer_id <> i.customer_id

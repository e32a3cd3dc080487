-- R-08: Every receipt belongs to a payment or a refund of the same invoice.
SELECT r.bucket, r.id, r.kind, r.subject_id
  FROM receipt AS r
  LEFT JOIN payment AS p
    ON p.bucket = r.bucket AND p.id = r.payment_id AND p.invoice_id = r.invoice_id
  LEFT JOIN refund AS f
    ON f.bucket = r.bucket AND f.id = r.subject_id AND f.payment_id = r.payment_id
 WHERE p.id IS NULL OR (r.kind IN ('refund', 'reversal') AND f.id IS NULL)
    OR (r.kind = 'payment' AND r.subject_id <> r.payment_id)

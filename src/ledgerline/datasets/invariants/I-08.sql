-- I-08: An attempt asks for the amount and the currency of its payment.
SELECT a.bucket, a.id, a.amount_minor, p.amount_minor AS payment_minor
  FROM attempt AS a
  JOIN payment AS p ON p.bucket = a.bucket AND p.id = a.payment_id
 WHERE (a.amount_minor, a.currency) IS DISTINCT FROM (p.amount_minor, p.currency)

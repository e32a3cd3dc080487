-- I-150: A set-up that succeeded gave its customer a payment method.
SELECT s.bucket, s.id AS setup_id, s.customer_id, m.customer_id AS method_of
  FROM payment_setup AS s
  LEFT JOIN payment_method AS m ON m.id = s.payment_method_id AND m.bucket = s.bucket
 WHERE s.state = 'succeeded' AND m.customer_id IS DISTINCT FROM s.customer_id

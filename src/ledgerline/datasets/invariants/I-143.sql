-- I-143: A customer's default method is the customer's own, and can be charged.
SELECT d.bucket, d.customer_id, d.payment_method_id
  FROM default_method AS d
  LEFT JOIN payment_method AS m ON m.id = d.payment_method_id AND m.bucket = d.bucket
 WHERE m.customer_id IS DISTINCT FROM d.customer_id
    OR NOT EXISTS (SELECT FROM instrument AS i
                    WHERE i.payment_method_id = m.id AND i.bucket = m.bucket AND i.state = 'active')

-- I-90: What is to be collected can be charged: its payment method is attached.
SELECT p.bucket, p.id AS payment_id, p.subscription_id, p.payment_method_id
  FROM payment AS p
 WHERE p.next_try_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM instrument AS i
                    WHERE i.payment_method_id = p.payment_method_id AND i.bucket = p.bucket
                      AND i.state = 'active')

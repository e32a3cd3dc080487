-- I-151: A set-up verifies one payment method, and only one that succeeded does.
SELECT i.bucket, i.setup_id, i.payment_method_id, s.state
  FROM instrument AS i
  LEFT JOIN payment_setup AS s ON s.id = i.setup_id AND s.bucket = i.bucket
 WHERE i.setup_id IS NOT NULL
   AND (s.state IS DISTINCT FROM 'succeeded'
        OR s.payment_method_id IS DISTINCT FROM i.payment_method_id
        OR s.psp_account IS DISTINCT FROM i.psp_account)

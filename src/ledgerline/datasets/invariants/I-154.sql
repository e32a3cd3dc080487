-- I-154: Of an erased customer no set-up is open, and none keeps a token.
SELECT s.bucket, s.id AS setup_id, s.state, s.psp_token
  FROM payment_setup AS s
  JOIN customer AS c ON c.id = s.customer_id AND c.bucket = s.bucket
 WHERE c.erased_at IS NOT NULL AND (s.resolve_at IS NOT NULL OR s.psp_token IS NOT NULL)

-- I-152: The payer of a set-up is asked to act until it expires; then it is found out what came of it.
SELECT s.bucket, s.id AS setup_id, s.resolve_at, s.action_expires_at, s.expires_at
  FROM payment_setup AS s
 WHERE s.state = 'requires_action'
   AND (s.action_expires_at > s.expires_at OR s.resolve_at > s.expires_at + INTERVAL '1 minute')

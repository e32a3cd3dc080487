-- I-123: A payer is asked to act for half an hour at most; then it is found out what came of it.
SELECT a.bucket, a.id AS attempt_id, a.payment_id, a.resolve_at, a.action_expires_at
  FROM attempt AS a
 WHERE a.state = 'requires_action'
   AND (a.action_expires_at > a.sent_at + INTERVAL '30 minutes'
        OR a.resolve_at > a.sent_at + INTERVAL '31 minutes')

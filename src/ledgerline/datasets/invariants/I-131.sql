-- I-131: What a machine was refused and is collected still has a plan that follows that refusal.
SELECT a.bucket, a.id AS attempt_id, a.payment_id, a.category
  FROM payment AS p
  JOIN attempt AS a ON a.payment_id = p.id AND a.bucket = p.bucket
 WHERE p.state = 'processing' AND a.initiator = 'merchant' AND a.state = 'declined'
   AND a.category NOT IN ('merchant_config', 'request_refused')
   AND NOT EXISTS (SELECT FROM retry_plan AS r
                    WHERE r.payment_id = p.id AND r.bucket = p.bucket AND r.attempt_id = a.id)

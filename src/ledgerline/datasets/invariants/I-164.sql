-- I-164: No machine charges what was claimed before the end of collection paused or moved somebody.
SELECT a.bucket, a.payment_id, a.id, a.sent_at, e.recorded_at
  FROM subscription_event AS e
  JOIN payment AS p
    ON p.subscription_id = e.subscription_id AND p.bucket = e.bucket
   AND p.created_at < e.recorded_at
  JOIN attempt AS a
    ON a.payment_id = p.id AND a.bucket = p.bucket
   AND a.initiator = 'merchant' AND a.request_digest IS NOT NULL AND a.sent_at > e.recorded_at
 WHERE e.actor = 'collection' AND e.kind IN ('paused', 'plan_changed')

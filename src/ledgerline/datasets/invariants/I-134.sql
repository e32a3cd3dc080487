-- I-134: Collection of what was served ends when its plan is over, and as its policy says.
SELECT p.bucket, p.id AS payment_id, r.track, c.end_policy, s.state
  FROM payment AS p
  JOIN invoice AS i ON i.id = p.invoice_id AND i.bucket = p.bucket
  JOIN subscription AS s ON s.id = p.subscription_id AND s.bucket = p.bucket
  LEFT JOIN LATERAL (
       SELECT y.track, y.market_code, y.policy_version
         FROM retry_plan AS y
        WHERE y.payment_id = p.id AND y.bucket = p.bucket
        ORDER BY y.revision DESC
        LIMIT 1) AS r ON true
  LEFT JOIN collection_policy AS c
    ON c.market_code = r.market_code AND c.version = r.policy_version
  LEFT JOIN event AS e
    ON e.aggregate_id = p.id AND e.bucket = p.bucket AND e.kind = 'payment.failed'
 WHERE p.state = 'failed' AND (i.cause = 'renewal' OR starts_with(p.purpose, 'recollect:'))
   AND (r.track IS NOT NULL OR NOT starts_with(p.purpose, 'recollect:'))  -- that one only its payer may try
   AND (r.track IS DISTINCT FROM 'end'
        OR (c.end_policy = 'write_off' AND s.ended_at = e.occurred_at))

-- I-163: What the end of collection pauses or moves to a free plan has a policy that says so.
SELECT e.bucket, e.subscription_id, e.seq, e.kind
  FROM subscription_event AS e
 WHERE e.actor = 'collection' AND e.kind IN ('paused', 'plan_changed')
   AND NOT EXISTS (
       SELECT FROM payment AS p
         JOIN invoice AS i ON i.id = p.invoice_id AND i.bucket = p.bucket
         LEFT JOIN retry_plan AS r ON r.payment_id = p.id AND r.bucket = p.bucket
         JOIN collection_policy AS c  -- of its market where only its payer could try it
           ON c.market_code = i.market_code AND c.version = coalesce(r.policy_version, c.version)
        WHERE p.subscription_id = e.subscription_id AND p.bucket = e.bucket
          AND p.state = 'failed'
          AND c.end_policy = CASE e.kind WHEN 'paused' THEN 'pause' ELSE 'downgrade' END)
 UNION ALL
SELECT l.bucket, l.subscription_id, e.seq, 'a line that costs something'
  FROM subscription_event AS e
  JOIN invoice_line AS l
    ON l.subscription_id = e.subscription_id AND l.bucket = e.bucket
   AND l.period_start = e.effective AND l.component = 'base'
  JOIN invoice AS i
    ON i.id = l.invoice_id AND i.bucket = l.bucket AND i.issued_at = e.recorded_at
 WHERE e.actor = 'collection' AND e.kind = 'plan_changed' AND l.gross_minor <> 0

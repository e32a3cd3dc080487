-- I-156: No debit is sent by a mandate that was known to have ended.
-- It was known once the fact that ended it was recorded, unless a later one revived it.
SELECT a.bucket, a.id AS attempt_id, a.mandate_id, m.state, a.sent_at, f.recorded_at
  FROM attempt AS a
  JOIN mandate AS m ON m.id = a.mandate_id AND m.bucket = a.bucket
 CROSS JOIN LATERAL (
       SELECT o.recorded_at
         FROM mandate_fact AS o
        WHERE o.mandate_id = m.id AND o.bucket = m.bucket AND o.event = m.state_event
        ORDER BY o.occurred_at DESC, o.rank DESC
        LIMIT 1) AS f
 WHERE a.request_digest IS NOT NULL AND a.sent_at > f.recorded_at
   AND m.state IN ('failed', 'canceled', 'expired', 'replaced')

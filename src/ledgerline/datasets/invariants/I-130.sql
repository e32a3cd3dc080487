-- I-130: A machine tries what it was refused when its plan says, and never once the plan is over.
SELECT a.bucket, a.id AS attempt_id, a.payment_id, a.sent_at, r.revision, r.track, r.next_at
  FROM attempt AS a
  LEFT JOIN retry_plan AS o
    ON o.payment_id = a.payment_id AND o.bucket = a.bucket AND o.attempt_id = a.id
 CROSS JOIN LATERAL (
       SELECT y.revision, y.track, y.next_at
         FROM retry_plan AS y
        WHERE y.payment_id = a.payment_id AND y.bucket = a.bucket
          AND y.planned_at <= a.sent_at AND y.revision < coalesce(o.revision, 2147483647)
        ORDER BY y.revision DESC
        LIMIT 1) AS r
 WHERE a.initiator = 'merchant' AND a.adopted_from IS NULL
   AND (r.track = 'end' OR a.sent_at < r.next_at)

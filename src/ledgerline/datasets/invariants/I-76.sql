-- I-76: Nothing is dated after the clock: the database's own, or that of a sandbox.
WITH clock AS (
     SELECT coalesce(e.instant, clock_timestamp()) + interval '5 seconds' AS latest
       FROM environment AS e)
SELECT d.what, d.bucket, d.id, d.at, c.latest
  FROM clock AS c
 CROSS JOIN LATERAL (
       SELECT 'invoice' AS what, i.bucket, i.id, i.issued_at AS at
         FROM invoice AS i WHERE i.issued_at > c.latest
        UNION ALL
       SELECT 'attempt', a.bucket, a.id, a.sent_at FROM attempt AS a WHERE a.sent_at > c.latest
        UNION ALL
       SELECT 'receipt', r.bucket, r.id, r.issued_at FROM receipt AS r WHERE r.issued_at > c.latest
        UNION ALL
       SELECT 'credit note', n.bucket, n.id, n.issued_at
         FROM credit_note AS n WHERE n.issued_at > c.latest
        UNION ALL
       SELECT 'log', l.bucket, l.subscription_id, l.recorded_at
         FROM subscription_event AS l WHERE l.recorded_at > c.latest) AS d

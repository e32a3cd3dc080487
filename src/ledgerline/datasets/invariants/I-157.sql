-- I-157: A mandate stands where what was told of it leads, in the order in which it happened.
WITH RECURSIVE told AS (
    SELECT f.bucket, f.mandate_id, f.event,
           row_number() OVER (PARTITION BY f.mandate_id, f.bucket
                              ORDER BY f.occurred_at, f.rank, f.fact_key COLLATE "C") AS nth
      FROM mandate_fact AS f
), fold AS (
    SELECT m.bucket, m.id, 0::bigint AS nth, 'unknown' AS state
      FROM mandate AS m
     UNION ALL
    SELECT o.bucket, o.id, t.nth, coalesce(s.after, o.state)
      FROM fold AS o
      JOIN told AS t ON t.mandate_id = o.id AND t.bucket = o.bucket AND t.nth = o.nth + 1
      LEFT JOIN transition AS s
        ON s.machine = 'mandate' AND s.before = o.state AND s.event = t.event
)
SELECT m.bucket, m.id, m.state, e.state AS told
  FROM mandate AS m
 CROSS JOIN LATERAL (
       SELECT o.state
         FROM fold AS o
        WHERE o.id = m.id AND o.bucket = m.bucket
        ORDER BY o.nth DESC
        LIMIT 1) AS e
 WHERE e.state <> m.state

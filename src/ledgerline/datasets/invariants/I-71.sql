-- I-71: The rows of a subscription are those that its log and its lines rebuild: a sample proves it.
WITH sample AS (  -- of those that something happened to and of the others, always the same
     SELECT o.bucket, o.id
       FROM (SELECT s.bucket, s.id,
                    row_number() OVER (PARTITION BY s.log_seq > 2 ORDER BY md5(s.id::text)) AS place
               FROM subscription AS s) AS o
      WHERE o.place <= 500),
     log AS MATERIALIZED (  -- each is made once: the planner takes a sample for one row
     SELECT e.bucket, e.subscription_id,
            jsonb_agg(jsonb_build_object(
                'seq', e.seq, 'kind', e.kind, 'effective', e.effective, 'body', e.body)
                ORDER BY e.seq) AS entries,
            (array_agg(e.body #>> '{clock,billed_through}' ORDER BY e.seq DESC)
             FILTER (WHERE e.body -> 'clock' IS NOT NULL))[1]::date AS clock_set_to
       FROM sample AS p
       JOIN subscription_event AS e ON e.subscription_id = p.id AND e.bucket = p.bucket
      GROUP BY e.bucket, e.subscription_id),
     billed AS MATERIALIZED (  -- how far renewals have billed since an entry last set the clock
     SELECT g.bucket, g.subscription_id, max(l.period_end) AS until
       FROM log AS g
       JOIN invoice_line AS l
         ON l.subscription_id = g.subscription_id AND l.bucket = g.bucket AND l.kind = 'recurring'
        AND l.period_start >= g.clock_set_to
       JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket AND i.cause = 'renewal'
      GROUP BY g.bucket, g.subscription_id),
     item AS MATERIALIZED (
     SELECT i.bucket, i.subscription_id, jsonb_agg(to_jsonb(i) ORDER BY i.no) AS rows
       FROM sample AS p
       JOIN subscription_item AS i ON i.subscription_id = p.id AND i.bucket = p.bucket
      GROUP BY i.bucket, i.subscription_id),
     offer AS MATERIALIZED (
     SELECT o.bucket, o.subscription_id, jsonb_agg(to_jsonb(o) ORDER BY o.no) AS rows
       FROM sample AS p
       JOIN subscription_offer AS o ON o.subscription_id = p.id AND o.bucket = p.bucket
      GROUP BY o.bucket, o.subscription_id)
SELECT s.bucket, s.id, s.state, s.zone, s.grid_origin, s.grid_day, s.cadence_count, s.cadence_unit,
       s.billed_through, s.next_bill_at, s.ends_on, b.until AS billed_until,
       coalesce(g.entries, '[]') AS log, coalesce(i.rows, '[]') AS items,
       coalesce(o.rows, '[]') AS offers
  FROM sample AS p
  JOIN subscription AS s ON s.id = p.id AND s.bucket = p.bucket
  LEFT JOIN log AS g ON g.subscription_id = s.id AND g.bucket = s.bucket
  LEFT JOIN billed AS b ON b.subscription_id = s.id AND b.bucket = s.bucket
  LEFT JOIN item AS i ON i.subscription_id = s.id AND i.bucket = s.bucket
  LEFT JOIN offer AS o ON o.subscription_id = s.id AND o.bucket = s.bucket

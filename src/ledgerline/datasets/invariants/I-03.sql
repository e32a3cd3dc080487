-- I-03: The base of a running subscription is billed without a gap, as far as the row says.
WITH billed AS (
     SELECT s.bucket, s.id, s.billed_through, l.item_no, l.period_start, l.period_end
       FROM subscription AS s
       LEFT JOIN (
            SELECT n.bucket, n.subscription_id, n.item_no, n.period_start, n.period_end
              FROM invoice_line AS n
              JOIN invoice AS i ON i.id = n.invoice_id AND i.bucket = n.bucket
              LEFT JOIN refund AS x  -- what was paid too late never happened
                ON x.invoice_id = i.id AND x.bucket = i.bucket AND x.cause = 'late_change'
             WHERE n.component = 'base' AND n.kind IN ('recurring', 'trial') AND i.state <> 'void'
               AND (i.cause <> 'change' OR i.state = 'paid') AND x.id IS NULL) AS l
         ON l.subscription_id = s.id AND l.bucket = s.bucket
      WHERE s.state IN ('trialing', 'active', 'past_due'))
SELECT w.bucket, w.id, w.period_start, w.period_end, w.billed_before, w.billed_through
  FROM (SELECT b.bucket, b.id, b.period_start, b.period_end, b.billed_through,
               max(b.period_end) OVER (PARTITION BY b.bucket, b.id
                                       ORDER BY b.period_start, b.item_no
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                   AS billed_before,
               lead(b.period_start) OVER (PARTITION BY b.bucket, b.id
                                          ORDER BY b.period_start, b.item_no) AS following
          FROM billed AS b) AS w
 WHERE (w.billed_before < w.period_start
        AND NOT EXISTS (  -- what was paused is billed again from the day it was resumed on
            SELECT FROM subscription_event AS r
             WHERE r.subscription_id = w.id AND r.bucket = w.bucket AND r.kind = 'resumed'
               AND r.effective = w.period_start))
    OR (w.following IS NULL AND w.period_end IS DISTINCT FROM w.billed_through)

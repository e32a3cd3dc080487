-- I-03: Billed periods of an item are contiguous, and the subscription knows where they end.
SELECT w.bucket, w.item_id, w.period_start AS day, w.billed_before AS billed_through
  FROM (SELECT l.bucket, l.item_id, l.period_start,
               lag(l.period_end) OVER (PARTITION BY l.bucket, l.item_id ORDER BY l.period_start)
                   AS billed_before
          FROM invoice_line AS l) AS w
 WHERE w.billed_before < w.period_start
 UNION ALL
SELECT s.bucket, s.item_id, max(l.period_end), s.billed_through
  FROM subscription AS s
  LEFT JOIN invoice_line AS l ON l.bucket = s.bucket AND l.item_id = s.item_id
 GROUP BY s.bucket, s.id
HAVING max(l.period_end) IS DISTINCT FROM s.billed_through

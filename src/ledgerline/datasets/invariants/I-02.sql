-- I-02: A service day of an item is billed once: its lines never overlap.
SELECT w.bucket, w.item_id, w.period_start, w.billed_before
  FROM (SELECT l.bucket, l.item_id, l.period_start,
               max(l.period_end) OVER (PARTITION BY l.bucket, l.item_id
                                       ORDER BY l.period_start, l.period_end
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                   AS billed_before
          FROM invoice_line AS l) AS w
 WHERE w.billed_before > w.period_start

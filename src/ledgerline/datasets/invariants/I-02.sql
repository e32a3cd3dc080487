-- I-02: A service day of an item is billed once: its lines never overlap.
SELECT w.bucket, w.subscription_id, w.item_no, w.period_start, w.billed_before
  FROM (SELECT l.bucket, l.subscription_id, l.item_no, l.period_start,
               max(l.period_end) OVER (PARTITION BY l.bucket, l.subscription_id, l.item_no
                                       ORDER BY l.period_start, l.period_end
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                   AS billed_before
          FROM invoice_line AS l
          JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket
         WHERE l.kind IN ('recurring', 'trial') AND i.state <> 'void'
           AND (i.cause <> 'change' OR i.state = 'paid')) AS w
 WHERE w.billed_before > w.period_start

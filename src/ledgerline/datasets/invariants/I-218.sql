-- I-218: What a refund kept cuts of a line from giving back is no more than it reserves of the line.
SELECT w.bucket, w.refund_id, w.period_start, w.item_no, w.kind, w.withheld_minor, l.amount_minor
  FROM (SELECT o.bucket, o.refund_id, o.period_start, o.item_no, o.kind,
               sum(o.amount_minor) AS withheld_minor, min(o.from_on) AS from_on
          FROM refund_withheld AS o
         GROUP BY o.bucket, o.refund_id, o.period_start, o.item_no, o.kind) AS w
  JOIN refund_line AS l
    ON l.refund_id = w.refund_id AND l.bucket = w.bucket AND l.period_start = w.period_start
   AND l.item_no = w.item_no AND l.kind = w.kind
 WHERE w.withheld_minor > l.amount_minor OR w.from_on < l.period_start

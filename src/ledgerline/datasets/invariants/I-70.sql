-- I-70: Nothing of a trial is charged.
SELECT l.bucket, l.subscription_id, l.item_no, l.period_start, l.kind, l.gross_minor
  FROM invoice_line AS l
 WHERE l.kind = 'trial' AND (l.net_minor, l.tax_minor, l.gross_minor) <> (0, 0, 0)
 UNION ALL
SELECT l.bucket, l.subscription_id, l.item_no, l.period_start, l.kind, l.gross_minor
  FROM (SELECT o.bucket, o.subscription_id, min(o.period_start) AS period_start,
               max(o.period_end) AS period_end
          FROM invoice_line AS o
         WHERE o.kind = 'trial'
         GROUP BY o.bucket, o.subscription_id) AS t
  JOIN invoice_line AS l ON l.subscription_id = t.subscription_id AND l.bucket = t.bucket
  JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket
 WHERE l.kind <> 'trial' AND l.gross_minor > 0 AND i.state <> 'void'
   AND l.period_start < t.period_end AND t.period_start < l.period_end

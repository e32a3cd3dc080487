-- I-69: A fee is billed once, and only what is due once is billed as a fee.
SELECT l.bucket, l.subscription_id, l.item_no, min(l.component) AS component, count(*) AS times
  FROM invoice_line AS l
  JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket
 WHERE l.kind = 'fixed' AND i.state <> 'void'
 GROUP BY l.bucket, l.subscription_id, l.item_no
HAVING count(*) > 1
 UNION ALL
SELECT l.bucket, l.subscription_id, l.item_no, l.component, 1
  FROM invoice_line AS l
 WHERE (l.kind = 'fixed') <> (split_part(l.component, ':', 1) = 'setup')

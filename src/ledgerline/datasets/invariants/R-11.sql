-- R-11: The lines of an invoice are numbered 1 to n.
SELECT l.bucket, l.invoice_id, count(*) AS lines, min(l.line_no) AS first, max(l.line_no) AS last
  FROM invoice_line AS l
 GROUP BY l.bucket, l.invoice_id
HAVING min(l.line_no) <> 1 OR max(l.line_no) <> count(*) OR count(DISTINCT l.line_no) <> count(*)

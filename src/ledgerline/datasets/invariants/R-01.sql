-- R-01: Every invoice line belongs to an invoice, and every invoice has a line.
SELECT coalesce(l.bucket, i.bucket) AS bucket, l.invoice_id, i.id
  FROM invoice_line AS l
  FULL JOIN invoice AS i ON i.bucket = l.bucket AND i.id = l.invoice_id
 WHERE l.invoice_id IS NULL OR i.id IS NULL

-- name: read_corrections
-- The credit notes of an invoice, with what it charged and what they gave back of it together.
SELECT n.id, i.total_minor, i.credited_minor
  FROM invoice AS i
  JOIN credit_note AS n ON n.invoice_id = i.id AND n.bucket = i.bucket
 WHERE i.id = %(invoice_id)s AND i.bucket = %(bucket)s
 ORDER BY n.id
 LIMIT 1000

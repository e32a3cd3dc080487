-- name: series
-- The series of document numbers, the newest year first.
SELECT s.id, s.kind, s.period, s.template
  FROM number_series AS s
 ORDER BY s.period DESC, s.id
 LIMIT 1000

-- name: numbered
-- What bears a number: an invoice, or a credit note or receipt with what it is of.
SELECT s.kind, d.bucket, d.display, coalesce(n.invoice_id, r.payment_id, d.document_id) AS page_id
  FROM document_number AS d
  JOIN number_series AS s ON s.id = d.series_id
  LEFT JOIN credit_note AS n
    ON n.id = d.document_id AND n.bucket = d.bucket AND s.kind = 'credit_note'
  LEFT JOIN receipt AS r ON r.id = d.document_id AND r.bucket = d.bucket AND s.kind = 'receipt'
 WHERE d.series_id = %(series_id)s AND d.position = %(position)s

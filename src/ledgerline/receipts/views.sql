-- name: receipt
-- One receipt with its number, or whether it waits for one.
SELECT {ReceiptView:r - number}, n.display AS number
  FROM receipt AS r
  LEFT JOIN document_number AS n ON n.series_id = r.series_id AND n.document_id = r.id
 WHERE r.bucket = %(bucket)s AND r.id = %(id)s

-- name: receipts
-- A page of a customer's receipts of some months, newest first.
SELECT {ReceiptView:r - number}, n.display AS number
  FROM receipt AS r
  LEFT JOIN document_number AS n ON n.series_id = r.series_id AND n.document_id = r.id
 WHERE ((r.issued_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5
       = ANY(%(months)s::integer[])
   AND r.bucket = %(bucket)s AND r.customer_id = %(customer_id)s AND r.id < %(before)s
 ORDER BY r.id DESC
 LIMIT %(limit)s

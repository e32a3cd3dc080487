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

-- name: printed
-- Everything a printed receipt says; tax comes from the credit note when money was given back.
SELECT r.id, r.kind, r.currency, r.amount_minor, r.issued_at, n.display AS number,
       m.display AS invoice_number, l.name AS plan_name, v.quantity, v.period_start, v.period_end,
       v.tax_rate_ppm,
       coalesce(c.tax_minor, v.tax_minor) AS document_tax_minor,
       coalesce(c.total_minor, v.gross_minor) AS document_total_minor, s.legal_name, s.address,
       s.tax_id, u.id AS customer_id, u.locale, s.zone, i.customer_version, b.buyer_sealed,
       b.tax_status, b.place_evidence::text AS place_evidence, k.wrapped, w.brand, w.last4,
       coalesce(f.psp_ref, a.psp_ref) AS psp_ref
  FROM receipt AS r
  JOIN seller AS s ON s.code = r.seller_code
  JOIN customer AS u ON u.bucket = r.bucket AND u.id = r.customer_id
  LEFT JOIN customer_key AS k ON k.bucket = u.bucket AND k.customer_id = u.id
  JOIN invoice AS i ON i.bucket = r.bucket AND i.id = r.invoice_id
  JOIN customer_version AS b
    ON b.customer_id = i.customer_id AND b.bucket = i.bucket AND b.version = i.customer_version
  JOIN invoice_line AS v ON v.bucket = i.bucket AND v.invoice_id = i.id
  JOIN plan AS l ON l.code = v.plan_code
  JOIN payment AS p ON p.bucket = r.bucket AND p.id = r.payment_id
  JOIN payment_method AS w ON w.bucket = p.bucket AND w.id = p.payment_method_id
  LEFT JOIN attempt AS a
    ON a.bucket = p.bucket AND a.payment_id = p.id AND a.id = p.settled_attempt_id
  LEFT JOIN refund AS f ON f.bucket = r.bucket AND f.id = r.subject_id AND r.kind = 'refund'
  LEFT JOIN credit_note AS c ON c.bucket = f.bucket AND c.id = f.credit_note_id
  LEFT JOIN document_number AS n ON n.series_id = r.series_id AND n.document_id = r.id
  LEFT JOIN document_number AS m ON m.series_id = i.series_id AND m.document_id = i.id
 WHERE r.bucket = %(bucket)s AND r.id = %(id)s
 ORDER BY v.line_no
 LIMIT 1000

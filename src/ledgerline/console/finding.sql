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

-- name: stands_on
-- On which page something stands that has none of its own; its kind chooses the one branch.
SELECT p.kind, p.page_id
  FROM (SELECT 'attempt' AS of, 'payment' AS kind, a.payment_id AS page_id
          FROM attempt AS a WHERE a.id = %(id)s AND a.bucket = %(bucket)s
         UNION ALL
        SELECT 'refund', 'payment', r.payment_id
          FROM refund AS r WHERE r.id = %(id)s AND r.bucket = %(bucket)s
         UNION ALL
        SELECT 'receipt', 'payment', r.payment_id
          FROM receipt AS r WHERE r.id = %(id)s AND r.bucket = %(bucket)s
         UNION ALL
        SELECT 'credit_note', 'invoice', n.invoice_id
          FROM credit_note AS n WHERE n.id = %(id)s AND n.bucket = %(bucket)s
         UNION ALL
        SELECT 'dispute_evidence', 'dispute', e.dispute_id
          FROM dispute_evidence AS e WHERE e.id = %(id)s AND e.bucket = %(bucket)s
         UNION ALL
        SELECT 'payout', 'settlement_file', o.file_id FROM payout AS o WHERE o.id = %(id)s
         UNION ALL
        SELECT 'payment_method', 'customer', m.customer_id
          FROM payment_method AS m WHERE m.id = %(id)s AND m.bucket = %(bucket)s
         UNION ALL
        SELECT 'mandate', 'customer', m.customer_id
          FROM mandate AS m WHERE m.id = %(id)s AND m.bucket = %(bucket)s
         UNION ALL
        SELECT 'payment_method_setup', 'customer', u.customer_id
          FROM payment_setup AS u WHERE u.id = %(id)s AND u.bucket = %(bucket)s
         UNION ALL
        SELECT 'purchase', 'customer', b.customer_id
          FROM purchase AS b WHERE b.id = %(id)s AND b.bucket = %(bucket)s
         UNION ALL
        SELECT 'checkout_session', 'customer', c.customer_id
          FROM checkout_session AS c WHERE c.id = %(id)s AND c.bucket = %(bucket)s
         UNION ALL
        SELECT 'credit_lot', 'customer', l.customer_id
          FROM credit_lot AS l WHERE l.id = %(id)s AND l.bucket = %(bucket)s
         UNION ALL
        SELECT 'customer_note', 'customer', n.customer_id
          FROM customer_note AS n WHERE n.id = %(id)s AND n.bucket = %(bucket)s
         UNION ALL
        SELECT 'event', 'customer', e.customer_id
          FROM event AS e WHERE e.id = %(id)s AND e.bucket = %(bucket)s) AS p
 WHERE p.of = %(kind)s

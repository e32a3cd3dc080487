-- name: head
-- An invoice and its number.
SELECT i.id, d.display, i.state, i.cause, i.issued_on, i.currency, i.net_minor, i.tax_minor,
       i.total_minor,
       (SELECT coalesce(sum(a.amount_minor), 0)::bigint FROM allocation AS a
         WHERE a.invoice_id = i.id AND a.bucket = i.bucket AND a.source_kind = 'credit')
       AS credit_used_minor,
       i.credited_minor, m.rounding_mode, m.rounding_target, m.rounding_components
  FROM invoice AS i
  JOIN market AS m ON m.code = i.market_code
  LEFT JOIN document_number AS d ON d.series_id = i.series_id AND d.document_id = i.id
 WHERE i.bucket = %(bucket)s AND i.id = %(id)s

-- name: lines
-- The lines of an invoice.
SELECT l.plan_code, l.kind, l.period_start, l.period_end, l.grid_start, l.grid_end, l.quantity,
       l.unit_num, l.unit_den, l.grid_minor, l.discount_minor, l.net_minor, l.tax_minor, l.gross_minor,
       l.tax_rate_ppm, l.tax_behavior
  FROM invoice_line AS l
 WHERE l.bucket = %(bucket)s AND l.invoice_id = %(id)s
 ORDER BY l.line_no
 LIMIT 1000

-- name: transfers
-- What an invoice, its payments, its credit notes and its refunds moved.
SELECT s.source, t.purpose, t.debit, t.credit, t.amount_minor, t.booked_on
  FROM (SELECT %(id)s::uuid AS id, 'invoice' AS source
         UNION ALL
        SELECT a.id, 'attempt'
          FROM payment AS p
          JOIN attempt AS a ON a.bucket = p.bucket AND a.payment_id = p.id
         WHERE p.bucket = %(bucket)s AND p.invoice_id = %(id)s
         UNION ALL
        SELECT n.id, 'credit note'
          FROM credit_note AS n
         WHERE n.bucket = %(bucket)s AND n.invoice_id = %(id)s
         UNION ALL
        SELECT f.id, 'refund'
          FROM payment AS p
          JOIN refund AS f ON f.bucket = p.bucket AND f.payment_id = p.id
         WHERE p.bucket = %(bucket)s AND p.invoice_id = %(id)s) AS s
  JOIN transfer AS t ON t.bucket = %(bucket)s AND t.source_id = s.id
 ORDER BY t.occurred_at, s.source, t.purpose
 LIMIT 1000

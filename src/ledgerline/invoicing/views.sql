-- name: invoice
-- One invoice with its number, or whether it waits for one.
SELECT {InvoiceView:i - credit_used_minor number is_waiting},
       (SELECT coalesce(sum(a.amount_minor), 0)::bigint FROM allocation AS a
         WHERE a.invoice_id = i.id AND a.bucket = i.bucket AND a.source_kind = 'credit')
       AS credit_used_minor,
       n.display AS number, q.document_id IS NOT NULL AS is_waiting
  FROM invoice AS i
  LEFT JOIN document_number AS n ON n.series_id = i.series_id AND n.document_id = i.id
  LEFT JOIN numbering_queue AS q ON q.bucket = i.bucket AND q.document_id = i.id
 WHERE i.bucket = %(bucket)s AND i.id = %(id)s

-- name: invoices
-- A page of invoices, newest first. One state of everybody is said as such, so that its index gives
-- the order; whose invoices they are is said with the months to read, and no index of states helps.
SELECT {InvoiceView:i - credit_used_minor number is_waiting},
       (SELECT coalesce(sum(a.amount_minor), 0)::bigint FROM allocation AS a
         WHERE a.invoice_id = i.id AND a.bucket = i.bucket AND a.source_kind = 'credit')
       AS credit_used_minor,
       n.display AS number, q.document_id IS NOT NULL AS is_waiting
  FROM invoice AS i
  LEFT JOIN document_number AS n ON n.series_id = i.series_id AND n.document_id = i.id
  LEFT JOIN numbering_queue AS q ON q.bucket = i.bucket AND q.document_id = i.id
 WHERE i.id < %(before)s
   AND (%(months)s::integer[] IS NULL
        OR (i.issued_on - DATE '2000-01-01') >> 5 = ANY(%(months)s))
   AND (%(bucket)s::smallint IS NULL OR i.bucket = %(bucket)s)
   AND (%(customer_id)s::uuid IS NULL OR i.customer_id = %(customer_id)s)
   AND (%(subscription_id)s::uuid IS NULL OR i.subscription_id = %(subscription_id)s)
   AND (%(states)s::text[] IS NULL OR i.state || '' = ANY(%(states)s))
   AND (cardinality(%(states)s) IS DISTINCT FROM 1 OR %(customer_id)s IS NOT NULL
        OR i.state = (%(states)s)[1])
 ORDER BY i.id DESC
 LIMIT %(limit)s

-- name: lines
-- The lines of an invoice, with all that explains their amounts and what was credited of each.
SELECT {LineView:l - plan_name credited_minor rounding_mode rounding_target rounding_components tax_components},
       p.name AS plan_name,
       coalesce((SELECT max(c.cum_gross_minor) FROM line_credit AS c
                  WHERE c.period_start = l.period_start AND c.bucket = l.bucket
                    AND c.subscription_id = l.subscription_id AND c.item_no = l.item_no
                    AND c.kind = l.kind), 0)
       AS credited_minor,
       m.rounding_mode, m.rounding_target, m.rounding_components,
       coalesce(t.components, '[]')::text AS tax_components
  FROM invoice_line AS l
  JOIN plan AS p ON p.code = l.plan_code
  JOIN invoice AS i ON i.bucket = l.bucket AND i.id = l.invoice_id
  JOIN market AS m ON m.code = i.market_code
  LEFT JOIN LATERAL (
       SELECT r.components
         FROM tax_rate AS r
        WHERE r.market_code = i.market_code AND r.category = l.tax_category
          AND r.rate_ppm = l.tax_rate_ppm AND r.valid_from <= l.period_start
        ORDER BY r.valid_from DESC
        LIMIT 1) AS t ON true
 WHERE l.bucket = %(bucket)s AND l.invoice_id = %(invoice_id)s
 ORDER BY l.line_no
 LIMIT 1000

-- name: credit_note
-- One credit note.
SELECT {CreditNoteView:c - number is_waiting}, n.display AS number,
       q.document_id IS NOT NULL AS is_waiting
  FROM credit_note AS c
  LEFT JOIN document_number AS n ON n.series_id = c.series_id AND n.document_id = c.id
  LEFT JOIN numbering_queue AS q ON q.bucket = c.bucket AND q.document_id = c.id
 WHERE c.bucket = %(bucket)s AND c.id = %(id)s

-- name: credit_note_lines
-- What a credit note gives back, line by line.
SELECT l.component, l.kind, l.plan_code, p.name AS plan_name, k.credit_start, k.credit_end,
       k.currency, k.net_minor, k.tax_minor, k.gross_minor
  FROM line_credit AS k
  JOIN invoice_line AS l ON l.period_start = k.period_start AND l.bucket = k.bucket
   AND l.subscription_id = k.subscription_id AND l.item_no = k.item_no AND l.kind = k.kind
  JOIN plan AS p ON p.code = l.plan_code
 WHERE k.credit_note_id = %(credit_note_id)s AND k.bucket = %(bucket)s
 ORDER BY l.line_no, k.credit_start, k.seq
 LIMIT 1000

-- name: listed_credit_notes
-- A page of credit notes, newest first: of everybody, of a customer or of an invoice.
SELECT {CreditNoteView:c - number is_waiting}, n.display AS number,
       q.document_id IS NOT NULL AS is_waiting
  FROM credit_note AS c
  LEFT JOIN document_number AS n ON n.series_id = c.series_id AND n.document_id = c.id
  LEFT JOIN numbering_queue AS q ON q.bucket = c.bucket AND q.document_id = c.id
 WHERE c.id < %(before)s
   AND (%(bucket)s::smallint IS NULL OR c.bucket = %(bucket)s)
   AND (%(customer_id)s::uuid IS NULL OR c.customer_id = %(customer_id)s)
   AND (%(invoice_id)s::uuid IS NULL OR c.invoice_id = %(invoice_id)s)
 ORDER BY c.id DESC
 LIMIT %(limit)s

-- name: credit_notes
-- The credit notes of an invoice, oldest first.
SELECT {CreditNoteView:c - number is_waiting}, n.display AS number,
       q.document_id IS NOT NULL AS is_waiting
  FROM credit_note AS c
  LEFT JOIN document_number AS n ON n.series_id = c.series_id AND n.document_id = c.id
  LEFT JOIN numbering_queue AS q ON q.bucket = c.bucket AND q.document_id = c.id
 WHERE c.bucket = %(bucket)s AND c.invoice_id = %(invoice_id)s
 ORDER BY c.issued_at, c.id
 LIMIT 1000

-- name: bill_runs
-- A page of billing runs that did something, newest first.
SELECT {BillRunView:r}
  FROM bill_run AS r
 WHERE r.id < %(before)s AND r.counted_at IS NOT NULL
 ORDER BY r.id DESC
 LIMIT %(limit)s

-- name: bill_run
-- One billing run.
SELECT {BillRunView:r} FROM bill_run AS r WHERE r.id = %(id)s

-- name: billing_pauses
-- The pause that holds, and those that ended, the newest first; ids of an instant have no order.
SELECT {PauseView:p}
  FROM billing_pause AS p
 ORDER BY p.resumed_at DESC NULLS FIRST, p.id DESC
 LIMIT %(limit)s

-- name: parked_reasons
-- How much billing runs set aside, by reason.
SELECT p.reason, min(p.detail) AS detail, count(*) AS subscriptions, min(p.parked_at) AS oldest
  FROM bill_parked AS p
 GROUP BY p.reason
 ORDER BY count(*) DESC, p.reason
 LIMIT 100

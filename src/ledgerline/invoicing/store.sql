-- name: add_invoices
-- Issue invoices, in bulk.
COPY invoice (bucket, id, customer_id, subscription_id, seller_code, market_code, currency, cause,
              state, state_before, state_event, net_minor, tax_minor, total_minor,
              credit_used_minor, credited_minor, issued_on, issued_at, paid_at, bill_run_id,
              event_seq)
  FROM STDIN (FORMAT BINARY)

-- name: add_lines
-- Add the lines of issued invoices; a service time billed before is refused.
COPY invoice_line (bucket, item_id, period_start, kind, invoice_id, line_no, period_end, grid_start,
                   grid_end, plan_code, price_id, quantity, unit_minor, grid_minor, discount_minor,
                   net_minor, tax_minor, gross_minor, currency, tax_rate_ppm, tax_behavior)
  FROM STDIN (FORMAT BINARY)

-- name: lock_invoices
-- locks: invoice
-- Read and lock some invoices.
SELECT i.bucket, i.id, i.customer_id, i.subscription_id, i.seller_code, i.market_code, i.currency,
       i.cause, i.state, i.net_minor, i.tax_minor, i.total_minor, i.credit_used_minor,
       i.credited_minor, i.issued_on, i.issued_at, i.event_seq
  FROM invoice AS i
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON i.bucket = n.bucket AND i.id = n.id
 ORDER BY i.bucket, i.id
   FOR NO KEY UPDATE OF i

-- name: step
-- Move invoices along their state table.
UPDATE invoice AS i
   SET state_before = n.state_before, state_event = n.state_event, state = n.state,
       paid_at = n.paid_at, event_seq = i.event_seq + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state_before)s::text[],
              %(state_event)s::text[], %(state)s::text[], %(paid_at)s::timestamptz[])
       AS n (bucket, id, state_before, state_event, state, paid_at)
 WHERE i.bucket = n.bucket AND i.id = n.id AND i.state = n.state_before

-- name: raise_credited
-- Count what credit notes gave back of invoices.
UPDATE invoice AS i
   SET credited_minor = i.credited_minor + n.amount_minor
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(amount_minor)s::bigint[])
       AS n (bucket, id, amount_minor)
 WHERE i.bucket = n.bucket AND i.id = n.id

-- name: read_lines_of_item
-- The lines of an item that reach beyond a date, with what was credited of each.
SELECT l.bucket, l.item_id, l.period_start, l.kind, l.invoice_id, l.period_end, l.grid_start,
       l.grid_end, l.grid_minor, l.discount_minor, l.net_minor, l.tax_minor, l.gross_minor,
       l.currency, l.tax_behavior, coalesce(c.seq, 0::smallint) AS credit_seq,
       coalesce(c.cum_gross_minor, 0) AS credited_gross_minor,
       coalesce(c.cum_tax_minor, 0) AS credited_tax_minor
  FROM invoice_line AS l
  LEFT JOIN LATERAL (
       SELECT d.seq, d.cum_gross_minor, d.cum_tax_minor
         FROM line_credit AS d
        WHERE d.bucket = l.bucket AND d.item_id = l.item_id AND d.period_start = l.period_start
          AND d.kind = l.kind
        ORDER BY d.seq DESC
        LIMIT 1) AS c ON true
 WHERE l.bucket = %(bucket)s AND l.item_id = %(item_id)s AND l.period_end > %(after)s
 ORDER BY l.period_start
 LIMIT 100

-- name: read_lines_of_invoices
-- The lines of some invoices, with what was credited of each.
SELECT l.bucket, l.item_id, l.period_start, l.kind, l.invoice_id, l.period_end, l.grid_start,
       l.grid_end, l.grid_minor, l.discount_minor, l.net_minor, l.tax_minor, l.gross_minor,
       l.currency, l.tax_behavior, coalesce(c.seq, 0::smallint) AS credit_seq,
       coalesce(c.cum_gross_minor, 0) AS credited_gross_minor,
       coalesce(c.cum_tax_minor, 0) AS credited_tax_minor
  FROM invoice_line AS l
  JOIN unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
    ON l.bucket = n.bucket AND l.invoice_id = n.invoice_id
  LEFT JOIN LATERAL (
       SELECT d.seq, d.cum_gross_minor, d.cum_tax_minor
         FROM line_credit AS d
        WHERE d.bucket = l.bucket AND d.item_id = l.item_id AND d.period_start = l.period_start
          AND d.kind = l.kind
        ORDER BY d.seq DESC
        LIMIT 1) AS c ON true
 ORDER BY l.bucket, l.invoice_id, l.line_no

-- name: add_credit_notes
-- Issue credit notes.
COPY credit_note (bucket, id, invoice_id, customer_id, seller_code, currency, reason, settles,
                  net_minor, tax_minor, total_minor, issued_on, issued_at)
  FROM STDIN (FORMAT BINARY)

-- name: add_line_credits
-- Record what credit notes give back of each line.
COPY line_credit (bucket, item_id, period_start, kind, seq, credit_note_id, credit_start,
                  credit_end, gross_minor, tax_minor, net_minor, currency, line_gross_minor,
                  cum_gross_minor, cum_tax_minor)
  FROM STDIN (FORMAT BINARY)

-- name: open_series
-- Open the number series that do not exist yet, from the seller's template. Without a named
-- constraint, since of two that open one at once the second may meet the other of its two keys.
INSERT INTO number_series (id, seller_code, kind, period, template)
SELECT n.id, n.seller_code, n.kind, n.period, t.template
  FROM unnest(%(id)s::uuid[], %(seller_code)s::text[], %(kind)s::text[], %(period)s::text[])
       AS n (id, seller_code, kind, period)
  JOIN series_template AS t ON t.seller_code = n.seller_code AND t.kind = n.kind
    ON CONFLICT DO NOTHING

-- name: put_series_templates
-- Insert or update how numbers look; open series keep theirs.
INSERT INTO series_template (seller_code, kind, template)
SELECT n.seller_code, n.kind, n.template
  FROM unnest(%(seller_code)s::text[], %(kind)s::text[], %(template)s::text[])
       AS n (seller_code, kind, template)
    ON CONFLICT ON CONSTRAINT series_template_pk DO UPDATE SET template = excluded.template

-- name: enqueue_numbers
-- Queue issued documents for their number.
COPY numbering_queue (bucket, document_id, series_id, issued_at) FROM STDIN (FORMAT BINARY)

-- name: claim_series
-- locks: number_series
-- Take series that have documents waiting; a series another worker holds is passed over.
SELECT s.id, s.seller_code, s.kind, s.period, s.template, s.next_number
  FROM number_series AS s
 WHERE s.id = ANY(%(ids)s::uuid[])
 ORDER BY s.id
   FOR NO KEY UPDATE SKIP LOCKED

-- name: waiting_series
-- The series that have documents waiting: one index probe a series.
SELECT s.id, s.seller_code, s.kind, s.period, s.template, s.next_number
  FROM number_series AS s
 CROSS JOIN LATERAL (
       SELECT FROM numbering_queue AS q
        WHERE q.series_id = s.id AND q.issued_at <= %(now)s
        ORDER BY q.issued_at
        LIMIT 1) AS oldest
 ORDER BY s.id
 LIMIT 1000

-- name: read_queue
-- The oldest documents issued by now that wait in each series; a new statement, after the series
-- are locked.
SELECT q.bucket, q.document_id, q.series_id, q.issued_at
  FROM unnest(%(series_ids)s::uuid[]) AS n (series_id)
 CROSS JOIN LATERAL (
       SELECT w.bucket, w.document_id, w.series_id, w.issued_at
         FROM numbering_queue AS w
        WHERE w.series_id = n.series_id AND w.issued_at <= %(now)s
        ORDER BY w.issued_at, w.document_id
        LIMIT %(limit)s) AS q
 ORDER BY q.series_id, q.issued_at, q.document_id

-- name: next_due
-- When the oldest document that waits for its number was issued.
SELECT min(issued_at) AS due_at
  FROM numbering_queue

-- name: read_last_numbers
-- The number at one position of each series.
SELECT n.series_id, n.position, n.document_id, n.bucket, n.display, n.stamped_at
  FROM unnest(%(series_ids)s::uuid[], %(positions)s::bigint[]) AS p (series_id, position)
 CROSS JOIN LATERAL (
       SELECT d.series_id, d.position, d.document_id, d.bucket, d.display, d.stamped_at
         FROM document_number AS d
        WHERE d.series_id = p.series_id AND d.position = p.position
        LIMIT 1) AS n
 ORDER BY n.series_id

-- name: add_numbers
-- Register numbers.
COPY document_number (series_id, position, document_id, bucket, display, stamped_at)
  FROM STDIN (FORMAT BINARY)

-- name: raise_counters
-- Advance the counters of series by what was stamped.
UPDATE number_series AS s
   SET next_number = s.next_number + n.stamped
  FROM unnest(%(id)s::uuid[], %(next_number)s::bigint[], %(stamped)s::bigint[])
       AS n (id, next_number, stamped)
 WHERE s.id = n.id AND s.next_number = n.next_number

-- name: dequeue
-- Remove stamped documents from the queue.
DELETE FROM numbering_queue AS q
 USING unnest(%(bucket)s::smallint[], %(document_id)s::uuid[]) AS n (bucket, document_id)
 WHERE q.bucket = n.bucket AND q.document_id = n.document_id

-- name: open_run
-- Begin a billing run.
INSERT INTO bill_run (id, as_of) VALUES (%(id)s, %(as_of)s)
    ON CONFLICT ON CONSTRAINT bill_run_pk DO NOTHING

-- name: count_run
-- Add to what a billing run did.
UPDATE bill_run
   SET invoiced = invoiced + %(invoiced)s, ended = ended + %(ended)s, parked = parked + %(parked)s
 WHERE id = %(id)s

-- name: add_parked
-- Record why a run set subscriptions aside.
INSERT INTO bill_parked AS p (bucket, subscription_id, reason, detail, parked_at)
SELECT n.bucket, n.subscription_id, n.reason, n.detail, n.parked_at
  FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[], %(reason)s::text[],
              %(detail)s::text[], %(parked_at)s::timestamptz[])
       AS n (bucket, subscription_id, reason, detail, parked_at)
    ON CONFLICT ON CONSTRAINT bill_parked_pk
    DO UPDATE SET reason = excluded.reason, detail = excluded.detail, parked_at = excluded.parked_at

-- name: earning_lines
-- What earns in a month: lines and credits whose service touches it or that were booked in it.
-- Booked is counted in UTC months, as recognition is: a document's own date may lie in another.
SELECT l.bucket, i.seller_code, l.currency, l.net_minor, l.period_start AS service_start,
       l.period_end AS service_end, b.booked_on
  FROM invoice_line AS l
  JOIN invoice AS i ON i.bucket = l.bucket AND i.id = l.invoice_id
 CROSS JOIN LATERAL (  -- a purchase is booked when it is paid: what was abandoned never earns
       SELECT ((CASE i.cause WHEN 'purchase' THEN i.paid_at ELSE i.issued_at END)
               AT TIME ZONE 'UTC')::date AS booked_on) AS b
 WHERE l.net_minor > 0 AND b.booked_on < %(month_end)s AND l.period_start < %(month_end)s
   AND (l.period_end > %(month_start)s OR b.booked_on >= %(month_start)s)
 UNION ALL
SELECT c.bucket, n.seller_code, c.currency, -c.net_minor, c.credit_start, c.credit_end, b.booked_on
  FROM line_credit AS c
  JOIN credit_note AS n ON n.bucket = c.bucket AND n.id = c.credit_note_id
 CROSS JOIN LATERAL (SELECT (n.issued_at AT TIME ZONE 'UTC')::date AS booked_on) AS b
 WHERE c.net_minor > 0 AND b.booked_on < %(month_end)s AND c.credit_start < %(month_end)s
   AND (c.credit_end > %(month_start)s OR b.booked_on >= %(month_start)s)

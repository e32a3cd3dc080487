-- name: add_invoices
-- Issue invoices, in bulk.
COPY invoice ({NewInvoiceRow})
  FROM STDIN (FORMAT BINARY)

-- name: add_lines
-- Add the lines of issued invoices; a service time billed before is refused.
COPY invoice_line ({NewLineRow})
  FROM STDIN (FORMAT BINARY)

-- name: lock_invoices
-- locks: invoice
-- Read and lock some invoices.
SELECT {InvoiceRow:i}
  FROM invoice AS i
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON i.bucket = n.bucket AND i.id = n.id
 ORDER BY i.bucket, i.id
   FOR NO KEY UPDATE OF i

-- name: step
-- Move invoices along their state table; when one was paid first stays, for its revenue stands.
UPDATE invoice AS i
   SET state_before = n.state_before, state_event = n.state_event, state = n.state,
       paid_at = coalesce(i.paid_at, n.paid_at), event_seq = i.event_seq + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state_before)s::text[],
              %(state_event)s::text[], %(state)s::text[], %(paid_at)s::timestamptz[])
       AS n ({InvoiceStepRow})
 WHERE i.bucket = n.bucket AND i.id = n.id AND i.state = n.state_before

-- name: raise_credited
-- Count what credit notes gave back of invoices.
UPDATE invoice AS i
   SET credited_minor = i.credited_minor + n.amount_minor
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(amount_minor)s::bigint[])
       AS n (bucket, id, amount_minor)
 WHERE i.bucket = n.bucket AND i.id = n.id

-- name: lock_invoices_of_subscription
-- locks: invoice
-- Read and lock the claims of a subscription issued in some months: a month's entries of a customer
-- lie together in the index.
SELECT {InvoiceRow:i}
  FROM invoice AS i
 WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
   AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
   AND i.subscription_id = %(subscription_id)s AND i.state IN ('open', 'paid')
 ORDER BY i.bucket, i.id
   FOR NO KEY UPDATE OF i

-- name: read_lines_of_invoices
-- The lines of some invoices.
SELECT {BilledLineRow:l}
  FROM unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
  JOIN invoice_line AS l ON l.invoice_id = n.invoice_id AND l.bucket = n.bucket
 ORDER BY l.bucket, l.invoice_id, l.line_no

-- name: read_line_credits
-- What was given back of the lines of some invoices.
SELECT {LineCreditRow:c}
  FROM unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
  JOIN invoice_line AS l ON l.invoice_id = n.invoice_id AND l.bucket = n.bucket
  JOIN line_credit AS c ON c.period_start = l.period_start AND c.bucket = l.bucket
   AND c.subscription_id = l.subscription_id AND c.item_no = l.item_no AND c.kind = l.kind
 ORDER BY c.bucket, c.subscription_id, c.period_start, c.item_no, c.kind, c.seq

-- name: read_billed
-- Lines that begin on the very day, or later than any run bills: one index probe a subscription and
-- one short range. Those of invoices that are void or wait for their payment are no lines, and what
-- was wholly given back stands in nobody's way.
WITH found AS (
     SELECT l.period_start, l.bucket, l.subscription_id, l.item_no, l.kind, l.invoice_id
       FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[], %(starts)s::date[])
            AS n (bucket, id, start)
       JOIN invoice_line AS l
         ON l.period_start = n.start AND l.bucket = n.bucket AND l.subscription_id = n.id
        AND l.kind = 'recurring'
      UNION ALL
     SELECT l.period_start, l.bucket, l.subscription_id, l.item_no, l.kind, l.invoice_id
       FROM invoice_line AS l
      WHERE l.period_start > %(beyond)s AND l.subscription_id = ANY(%(ids)s::uuid[])
        AND l.kind = 'recurring')
SELECT f.subscription_id, f.period_start
  FROM found AS f
  JOIN invoice AS i ON i.id = f.invoice_id AND i.bucket = f.bucket
 WHERE (i.state = 'paid' OR i.state = 'open'
                         AND (i.cause <> 'change' OR i.state_event = 'reopened'))
   AND NOT EXISTS (
       SELECT FROM line_credit AS c
        WHERE c.period_start = f.period_start AND c.bucket = f.bucket
          AND c.subscription_id = f.subscription_id AND c.item_no = f.item_no
          AND c.kind = f.kind AND c.cum_gross_minor = c.line_gross_minor)

-- name: add_allocations
-- Settle parts of invoices, numbered after what they have.
INSERT INTO allocation (bucket, invoice_id, no, source_kind, source_id, amount_minor, effective_on)
SELECT n.bucket, n.invoice_id,
       coalesce((SELECT max(a.no) FROM allocation AS a
                  WHERE a.invoice_id = n.invoice_id AND a.bucket = n.bucket), 0)
       + row_number() OVER (PARTITION BY n.invoice_id ORDER BY n.place),
       n.source_kind, n.source_id, n.amount_minor, n.effective_on
  FROM unnest(%(bucket)s::smallint[], %(invoice_id)s::uuid[], %(source_kind)s::text[],
              %(source_id)s::uuid[], %(amount_minor)s::bigint[], %(effective_on)s::date[])
       WITH ORDINALITY
       AS n (bucket, invoice_id, source_kind, source_id, amount_minor, effective_on, place)

-- name: read_allocated
-- What some invoices are settled with, by source.
SELECT a.bucket, a.invoice_id, a.source_kind, a.source_id,
       sum(a.amount_minor)::bigint AS amount_minor
  FROM unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
  JOIN allocation AS a ON a.invoice_id = n.invoice_id AND a.bucket = n.bucket
 GROUP BY a.bucket, a.invoice_id, a.source_kind, a.source_id
HAVING sum(a.amount_minor) <> 0
 ORDER BY a.bucket, a.invoice_id, a.source_kind, a.source_id

-- name: add_credit_notes
-- Issue credit notes.
COPY credit_note ({NewCreditNoteRow})
  FROM STDIN (FORMAT BINARY)

-- name: add_line_credits
-- Record what credit notes give back of each line.
COPY line_credit ({NewLineCreditRow})
  FROM STDIN (FORMAT BINARY)

-- name: open_series
-- Open the number series that do not exist yet, from the seller's template. Without a named
-- constraint, since of two that open one at once the second may meet the other of its two keys.
INSERT INTO number_series (id, seller_code, kind, period, template)
SELECT n.id, n.seller_code, n.kind, n.period, t.template
  FROM unnest(%(id)s::uuid[], %(seller_code)s::text[], %(kind)s::text[], %(period)s::text[])
       AS n ({OpenSeriesRow})
  JOIN series_template AS t ON t.seller_code = n.seller_code AND t.kind = n.kind
    ON CONFLICT DO NOTHING

-- name: put_series_templates
-- Insert or update how numbers look; open series keep theirs.
INSERT INTO series_template (seller_code, kind, template)
SELECT n.seller_code, n.kind, n.template
  FROM unnest(%(seller_code)s::text[], %(kind)s::text[], %(template)s::text[])
       AS n (seller_code, kind, template)
    ON CONFLICT ON CONSTRAINT series_template_pk DO UPDATE SET template = excluded.template

-- name: read_series_templates
-- How the numbers of all sellers look.
SELECT {TemplateRow} FROM series_template ORDER BY seller_code, kind LIMIT 10000

-- name: enqueue_numbers
-- Queue issued documents for their number.
COPY numbering_queue ({QueueRow}) FROM STDIN (FORMAT BINARY)

-- name: claim_series
-- locks: number_series
-- Take series that have documents waiting; a series another worker holds is passed over.
SELECT {SeriesRow:s}
  FROM number_series AS s
 WHERE s.id = ANY(%(ids)s::uuid[])
 ORDER BY s.id
   FOR NO KEY UPDATE SKIP LOCKED

-- name: waiting_series
-- The series that have documents waiting: one index probe a series.
SELECT {SeriesRow:s}
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
SELECT {QueueRow:q}
  FROM unnest(%(series_ids)s::uuid[]) AS n (series_id)
 CROSS JOIN LATERAL (
       SELECT {QueueRow:w}
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
SELECT {NumberRow:n}
  FROM unnest(%(series_ids)s::uuid[], %(positions)s::bigint[]) AS p (series_id, position)
 CROSS JOIN LATERAL (
       SELECT {NumberRow:d}
         FROM document_number AS d
        WHERE d.series_id = p.series_id AND d.position = p.position
        LIMIT 1) AS n
 ORDER BY n.series_id

-- name: add_numbers
-- Register numbers.
COPY document_number ({NumberRow})
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
   SET invoiced = invoiced + %(invoiced)s, ended = ended + %(ended)s, parked = parked + %(parked)s,
       counted_at = clock_timestamp()
 WHERE id = %(id)s

-- name: add_parked
-- Record why a run parked subscriptions.
INSERT INTO bill_parked AS p ({ParkedRow})
SELECT {ParkedRow:n}
  FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[], %(reason)s::text[],
              %(detail)s::text[], %(parked_at)s::timestamptz[])
       AS n ({ParkedRow})
    ON CONFLICT ON CONSTRAINT bill_parked_pk
    DO UPDATE SET reason = excluded.reason, detail = excluded.detail, parked_at = excluded.parked_at

-- name: drop_parked
-- Forget why subscriptions were parked.
DELETE FROM bill_parked AS p
 USING unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[]) AS n (bucket, subscription_id)
 WHERE p.bucket = n.bucket AND p.subscription_id = n.subscription_id

-- name: earning_lines
-- What earns in a month: lines and credits whose service touches it or that were booked in it. Of a
-- credit only what was deferred when it was booked takes back, over the days that were left of it.
-- Both are booked in UTC months: a document's own date may lie in another.
SELECT l.bucket, i.seller_code, l.currency, l.plan_code, l.net_minor,
       l.period_start AS service_start, l.period_end AS service_end, b.booked_on
  FROM invoice_line AS l
  JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket
 CROSS JOIN LATERAL (  -- what waits for its payment is booked when it is paid, or never
       SELECT ((CASE WHEN i.cause = 'renewal' THEN i.issued_at ELSE i.paid_at END)
               AT TIME ZONE 'UTC')::date AS booked_on) AS b
 WHERE l.net_minor > 0 AND b.booked_on < %(month_end)s AND l.period_start < %(month_end)s
   AND (l.period_end > %(month_start)s OR b.booked_on >= %(month_start)s)
 UNION ALL
SELECT c.bucket, n.seller_code, c.currency, l.plan_code, -c.deferred_net_minor,
       greatest(c.credit_start, c.booked_on), c.credit_end, b.booked_on
  FROM line_credit AS c
  JOIN credit_note AS n ON n.id = c.credit_note_id AND n.bucket = c.bucket
 CROSS JOIN LATERAL (SELECT (n.issued_at AT TIME ZONE 'UTC')::date AS booked_on) AS b
  JOIN invoice_line AS l ON l.period_start = c.period_start AND l.bucket = c.bucket
   AND l.subscription_id = c.subscription_id AND l.item_no = c.item_no AND l.kind = c.kind
 WHERE c.deferred_net_minor > 0 AND b.booked_on < %(month_end)s
   AND greatest(c.credit_start, c.booked_on) < %(month_end)s
   AND (c.credit_end > %(month_start)s OR b.booked_on >= %(month_start)s)

-- name: lock_of_customer
-- locks: invoice
-- Lock all invoices of a customer that were issued in some months.
SELECT {InvoiceRow:i}
  FROM invoice AS i
 WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
   AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
 ORDER BY i.bucket, i.id
   FOR NO KEY UPDATE OF i

-- name: read_paid_of_customer
-- The paid invoices of a customer that were issued in some months: first those that some credit
-- notes correct, then the newest.
SELECT i.id
  FROM invoice AS i
 WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
   AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s AND i.state = 'paid'
 ORDER BY EXISTS (SELECT FROM credit_note AS n
                   WHERE n.invoice_id = i.id AND n.bucket = i.bucket
                     AND n.id = ANY(%(note_ids)s::uuid[])) DESC,
          i.id DESC
 LIMIT 1000

-- name: read_invoice_facts
-- Invoices as their documents say them: what paid them when they were numbered, and their numbers.
SELECT {InvoiceFactRow:i - from_credit_minor from_notes_minor payment_id paid_on number seal is_waiting},
       coalesce(a.from_credit_minor, 0) AS from_credit_minor,
       coalesce(a.from_notes_minor, 0) AS from_notes_minor, a.payment_id, a.paid_on,
       r.display AS number, r.hash AS seal, q.document_id IS NOT NULL AS is_waiting
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN invoice AS i ON i.id = n.id AND i.bucket = n.bucket
  LEFT JOIN document_number AS r ON r.series_id = i.series_id AND r.document_id = i.id
  LEFT JOIN numbering_queue AS q ON q.bucket = i.bucket AND q.document_id = i.id
  LEFT JOIN LATERAL (
       SELECT sum(l.amount_minor) FILTER (WHERE l.source_kind = 'credit')::bigint
              AS from_credit_minor,
              sum(l.amount_minor) FILTER (
                  WHERE l.source_kind = 'credit_note' AND i.cause = 'change')::bigint
              AS from_notes_minor,
              (array_agg(l.source_id ORDER BY l.no) FILTER (WHERE l.source_kind = 'payment'))[1]
              AS payment_id,
              min(l.effective_on) FILTER (WHERE l.source_kind = 'payment') AS paid_on
         FROM allocation AS l
        WHERE l.invoice_id = i.id AND l.bucket = i.bucket AND l.amount_minor > 0) AS a ON true

-- name: read_line_facts
-- The lines of some invoices, in their order.
SELECT {LineFactRow:l}
  FROM unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
  JOIN invoice_line AS l ON l.invoice_id = n.invoice_id AND l.bucket = n.bucket
 ORDER BY l.invoice_id, l.line_no

-- name: read_note_facts
-- Some credit notes.
SELECT {NoteFactRow:c}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN credit_note AS c ON c.id = n.id AND c.bucket = n.bucket

-- name: read_note_line_facts
-- What some credit notes give back, line by line; of one line may come two parts, by their days.
SELECT k.credit_note_id, l.line_no, l.component, l.kind, l.plan_code, l.quantity, l.period_start,
       k.credit_start, k.credit_end, k.net_minor, k.tax_minor, k.gross_minor, l.tax_category,
       l.tax_rate_ppm, l.tax_behavior
  FROM unnest(%(buckets)s::smallint[], %(credit_note_ids)s::uuid[]) AS n (bucket, credit_note_id)
  JOIN line_credit AS k ON k.credit_note_id = n.credit_note_id AND k.bucket = n.bucket
  JOIN invoice_line AS l ON l.period_start = k.period_start AND l.bucket = k.bucket
   AND l.subscription_id = k.subscription_id AND l.item_no = k.item_no AND l.kind = k.kind
 ORDER BY k.credit_note_id, l.line_no, k.credit_start, k.seq

-- name: read_retention_keys
-- The keys that seal what some sellers issue in some years.
SELECT {RetentionKeyRow:k}
  FROM retention_key AS k
  JOIN unnest(%(seller_codes)s::text[], %(years)s::smallint[]) AS n (seller_code, year)
    ON k.seller_code = n.seller_code AND k.year = n.year

-- name: add_retention_keys
-- Keep keys of sellers and years that have none; whoever is first gives it.
INSERT INTO retention_key AS k ({RetentionKeyRow})
SELECT {RetentionKeyRow:n}
  FROM unnest(%(seller_code)s::text[], %(year)s::smallint[], %(wrapped)s::bytea[])
       AS n ({RetentionKeyRow})
    ON CONFLICT ON CONSTRAINT retention_key_pk DO NOTHING

-- name: add_bodies
-- Keep what numbered documents say.
COPY document_body ({BodyRow})
  FROM STDIN (FORMAT BINARY)

-- name: read_registered
-- Some documents with their places in the register and the keys that open them.
SELECT {RegisteredRow:d - kind sealed wrapped}, b.kind, b.sealed, k.wrapped
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN document_body AS b ON b.document_id = n.id AND b.bucket = n.bucket
  JOIN document_number AS d ON d.series_id = b.series_id AND d.document_id = b.document_id
  JOIN number_series AS s ON s.id = b.series_id
  LEFT JOIN retention_key AS k ON k.seller_code = s.seller_code AND k.year = s.period::smallint

-- name: read_register
-- A page of a series, in its order, whatever is missing of it.
SELECT {RegisteredRow:d - kind sealed wrapped}, b.kind, b.sealed, k.wrapped
  FROM number_series AS s
  JOIN document_number AS d ON d.series_id = s.id
  LEFT JOIN document_body AS b ON b.document_id = d.document_id AND b.bucket = d.bucket
  LEFT JOIN retention_key AS k ON k.seller_code = s.seller_code AND k.year = s.period::smallint
 WHERE s.id = %(series_id)s AND d.position > %(after)s
 ORDER BY d.position
 LIMIT %(limit)s

-- name: read_series
-- All series, or those of a seller, by seller, kind and year.
SELECT {SeriesRow:s}
  FROM number_series AS s
 WHERE %(seller_code)s::text IS NULL OR s.seller_code = %(seller_code)s
 ORDER BY s.seller_code, s.kind, s.period
 LIMIT 10000

-- name: read_waiting
-- Which of some documents wait for their number.
SELECT {DequeueRow:q}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN numbering_queue AS q ON q.document_id = n.id AND q.bucket = n.bucket

-- name: read_waiting_of_invoices
-- Which of some invoices and of their credit notes wait for their number.
SELECT {DequeueRow:q}
  FROM numbering_queue AS q
 WHERE (q.document_id, q.bucket) IN (
       SELECT i.id, i.bucket
         FROM invoice AS i
        WHERE i.id = ANY(%(ids)s::uuid[]) AND i.bucket = %(bucket)s
        UNION ALL
       SELECT n.id, n.bucket
         FROM credit_note AS n
        WHERE n.invoice_id = ANY(%(ids)s::uuid[]) AND n.bucket = %(bucket)s)

-- name: add_checks
-- Say of which documents the e-invoices are to be checked.
COPY einvoice_check ({CheckRow})
  FROM STDIN (FORMAT BINARY)

-- name: read_unchecked
-- The documents whose e-invoices wait to be checked, oldest first, what failed to be checked last.
SELECT c.bucket, c.document_id, c.state, c.findings::text AS findings, c.looks, c.checked_at
  FROM einvoice_check AS c
 WHERE c.state = 'waiting'
 ORDER BY c.looks, c.document_id
 LIMIT %(limit)s

-- name: end_checks
-- Keep what was found of e-invoices that waited; written so that they are found by their keys.
UPDATE einvoice_check AS c
   SET state = n.state, findings = n.findings::jsonb, looks = n.looks, checked_at = n.checked_at
  FROM unnest(%(bucket)s::smallint[], %(document_id)s::uuid[], %(state)s::text[],
              %(findings)s::text[], %(looks)s::smallint[], %(checked_at)s::timestamptz[])
       AS n ({CheckRow})
 WHERE c.document_id = n.document_id AND c.bucket = n.bucket AND c.state || '' = 'waiting'

-- name: read_check
-- What became of the check of one document.
SELECT c.bucket, c.document_id, c.state, c.findings::text AS findings, c.looks, c.checked_at
  FROM einvoice_check AS c
 WHERE c.document_id = %(document_id)s AND c.bucket = %(bucket)s

-- name: invoices
-- What was claimed.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT i.id, i.subscription_id, n.display AS number, i.state, i.cause, i.customer_version,
               i.issued_on, i.currency, i.net_minor, i.tax_minor, i.total_minor, i.credited_minor,
               i.paid_at
          FROM invoice AS i
          LEFT JOIN document_number AS n ON n.series_id = i.series_id AND n.document_id = i.id
         WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
           AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
         ORDER BY i.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: invoice_lines
-- What the claims are made of.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT l.invoice_id, l.line_no, l.kind, l.component, l.plan_code AS plan, l.quantity,
               l.period_start, l.period_end, l.currency, l.net_minor, l.tax_minor, l.gross_minor
          FROM invoice AS i
          JOIN invoice_line AS l ON l.invoice_id = i.id AND l.bucket = i.bucket
         WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
           AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
         ORDER BY l.invoice_id, l.line_no
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: credit_notes
-- What was corrected of the claims.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT c.id, c.invoice_id, n.display AS number, c.reason, c.issued_on, c.currency,
               c.net_minor, c.tax_minor, c.total_minor
          FROM invoice AS i
          JOIN credit_note AS c ON c.invoice_id = i.id AND c.bucket = i.bucket
          LEFT JOIN document_number AS n ON n.series_id = c.series_id AND n.document_id = c.id
         WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
           AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
         ORDER BY c.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: service
-- What the customer could use, from when to when.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT c.subscription_id, c.component, c.reason, c.starts_at, c.ends_at
          FROM invoice AS i
          JOIN cover AS c ON c.invoice_id = i.id AND c.bucket = i.bucket
         WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
           AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
         ORDER BY c.starts_at, c.subscription_id, c.component, c.invoice_id, c.reason
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: payments
-- What was collected.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT p.id, p.invoice_id, p.payment_method_id, p.state, p.currency, p.amount_minor,
               p.captured_minor, p.refunded_minor, p.created_at
          FROM invoice AS i
         CROSS JOIN LATERAL (
               SELECT l.id, l.invoice_id, l.payment_method_id, l.state, l.currency,
                      l.amount_minor, l.captured_minor, l.refunded_minor, l.created_at
                 FROM payment AS l
                WHERE l.invoice_id = i.id AND l.bucket = i.bucket
                  AND l.state IN ('processing', 'succeeded')
                UNION ALL
               SELECT g.id, g.invoice_id, g.payment_method_id, g.state, g.currency,
                      g.amount_minor, g.captured_minor, g.refunded_minor, g.created_at
                 FROM payment AS g
                WHERE g.invoice_id = i.id AND g.bucket = i.bucket
                  AND g.state IN ('failed', 'canceled')) AS p
         WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
           AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
         ORDER BY p.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: attempts
-- Each try to collect it, and what the provider said.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT a.id, a.payment_id, a.state, a.sent_at, a.ended_at, a.psp_account, a.psp_ref,
               a.psp_code, a.category
          FROM invoice AS i
         CROSS JOIN LATERAL (
               SELECT l.id, l.bucket
                 FROM payment AS l
                WHERE l.invoice_id = i.id AND l.bucket = i.bucket
                  AND l.state IN ('processing', 'succeeded')
                UNION ALL
               SELECT g.id, g.bucket
                 FROM payment AS g
                WHERE g.invoice_id = i.id AND g.bucket = i.bucket
                  AND g.state IN ('failed', 'canceled')) AS p
          JOIN attempt AS a ON a.payment_id = p.id AND a.bucket = p.bucket
         WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
           AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
         ORDER BY a.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: refunds
-- What was given back.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT r.id, r.payment_id, r.state, r.cause, r.reason, r.currency, r.amount_minor,
               r.sent_at, r.ended_at
          FROM invoice AS i
         CROSS JOIN LATERAL (
               SELECT l.id, l.bucket
                 FROM payment AS l
                WHERE l.invoice_id = i.id AND l.bucket = i.bucket
                  AND l.state IN ('processing', 'succeeded')
                UNION ALL
               SELECT g.id, g.bucket
                 FROM payment AS g
                WHERE g.invoice_id = i.id AND g.bucket = i.bucket
                  AND g.state IN ('failed', 'canceled')) AS p
          JOIN refund AS r ON r.payment_id = p.id AND r.bucket = p.bucket
         WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
           AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
         ORDER BY r.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: receipts
-- The proofs of payments and refunds.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT r.id, n.display AS number, r.kind, r.payment_id, r.invoice_id, r.currency,
               r.amount_minor, r.issued_at
          FROM receipt AS r
          LEFT JOIN document_number AS n ON n.series_id = r.series_id AND n.document_id = r.id
         WHERE (((r.issued_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5)
               = ANY(%(months)s::integer[])
           AND r.bucket = %(bucket)s AND r.customer_id = %(customer_id)s
         ORDER BY r.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: webhooks
-- What providers told of the tries and refunds.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT e.psp_account, e.event_type, e.reference, e.received_at
          FROM invoice AS i
         CROSS JOIN LATERAL (
               SELECT l.id, l.bucket
                 FROM payment AS l
                WHERE l.invoice_id = i.id AND l.bucket = i.bucket
                  AND l.state IN ('processing', 'succeeded')
                UNION ALL
               SELECT g.id, g.bucket
                 FROM payment AS g
                WHERE g.invoice_id = i.id AND g.bucket = i.bucket
                  AND g.state IN ('failed', 'canceled')) AS p
         CROSS JOIN LATERAL (
               SELECT a.id FROM attempt AS a WHERE a.payment_id = p.id AND a.bucket = p.bucket
                UNION ALL
               SELECT r.id FROM refund AS r WHERE r.payment_id = p.id AND r.bucket = p.bucket
               ) AS t
          JOIN psp_event AS e ON e.reference = t.id::text AND e.body IS NOT NULL
         WHERE ((i.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
           AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
         ORDER BY e.received_at, e.psp_account, e.event_key
         LIMIT %(limit)s OFFSET %(offset)s) AS v

-- name: mails
-- What was written, and what it said.
SELECT to_jsonb(v)::text AS row
  FROM (SELECT m.id, m.kind, m.state, m.reason, m.language, m.facts, m.occurred_at, m.ended_at
          FROM mail AS m
         WHERE ((m.occurred_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5
               = ANY(%(months)s::integer[])
           AND m.bucket = %(bucket)s AND m.customer_id = %(customer_id)s
         ORDER BY m.id
         LIMIT %(limit)s OFFSET %(offset)s) AS v

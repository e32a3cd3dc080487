-- name: evidence
-- What the books hold that speaks for a disputed charge, as one JSON object: no name, no address.
SELECT jsonb_build_object(
           'dispute', (SELECT to_jsonb(v) FROM (
               SELECT d.kind, d.stage, d.reason, d.reason_code, d.currency, d.amount_minor, d.due_by,
                      d.opened_at, d.psp_account, d.psp_ref) AS v),
           'charge', (SELECT to_jsonb(v) FROM (
               SELECT a.id, a.psp_ref, a.initiator, a.sent_at, a.ended_at, a.amount_minor, m.brand,
                      m.last4, i.bin, i.funding, i.issuer_country, i.nti_initial, i.nti_last) AS v),
           'invoice', (SELECT to_jsonb(v) FROM (
               SELECT n.display AS number, c.issued_on, c.total_minor, c.tax_minor, c.paid_at,
                      c.cause, s.name AS seller, s.legal_name
                 FROM invoice AS c
                 JOIN seller AS s ON s.code = c.seller_code
                 LEFT JOIN document_number AS n
                   ON n.series_id = c.series_id AND n.document_id = c.id
                WHERE c.id = d.invoice_id AND c.bucket = d.bucket) AS v),
           'lines', (SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY v.line_no), '[]') FROM (
               SELECT l.line_no, l.plan_code, l.component, l.quantity, l.period_start, l.period_end,
                      l.gross_minor
                 FROM invoice_line AS l
                WHERE l.invoice_id = d.invoice_id AND l.bucket = d.bucket) AS v),
           'receipt', (SELECT to_jsonb(v) FROM (
               SELECT n.display AS number, r.issued_at, r.amount_minor
                 FROM receipt AS r
                 LEFT JOIN document_number AS n
                   ON n.series_id = r.series_id AND n.document_id = r.id
                WHERE r.subject_id = d.payment_id AND r.bucket = d.bucket) AS v),
           'agreements', (SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY v.accepted_at), '[]') FROM (
               SELECT g.kind, g.text_version, g.language, g.accepted_at, g.channel,
                      encode(g.ip_hash, 'hex') AS ip_hash
                 FROM agreement AS g
                WHERE g.subscription_id = p.subscription_id AND g.bucket = d.bucket) AS v),
           'service', (SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY v.starts_at), '[]') FROM (
               SELECT o.component, o.starts_at, o.ends_at, o.reason
                 FROM cover AS o
                WHERE o.invoice_id = d.invoice_id AND o.bucket = d.bucket) AS v),
           'earlier', (SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY v.ended_at), '[]') FROM (
               SELECT e.ended_at, e.amount_minor, e.currency, e.psp_ref
                 FROM payment AS y
                 JOIN attempt AS e ON e.id = y.settled_attempt_id AND e.bucket = y.bucket
                WHERE y.customer_id = d.customer_id AND y.bucket = d.bucket AND y.state = 'succeeded'
                  AND y.payment_method_id = p.payment_method_id AND y.id < p.id
                  AND y.invoice_id IN (
                      SELECT h.id FROM invoice AS h
                       WHERE ((h.issued_on - DATE '2000-01-01') >> 5) = ANY(%(months)s::integer[])
                         AND h.bucket = d.bucket AND h.customer_id = d.customer_id)
                  AND NOT EXISTS (SELECT FROM dispute AS q
                                   WHERE q.payment_id = y.id AND q.bucket = y.bucket)
                ORDER BY e.ended_at DESC
                LIMIT 10) AS v),
           'history', (SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY v.recorded_at), '[]') FROM (
               SELECT w.kind, w.effective, w.recorded_at, w.actor
                 FROM subscription_event AS w
                WHERE w.subscription_id = p.subscription_id AND w.bucket = d.bucket
                  AND w.kind IN ('created', 'trial_started', 'trial_converted', 'cancel_scheduled',
                                 'canceled', 'plan_changed', 'undone')
                ORDER BY w.seq DESC
                LIMIT 40) AS v),
           'refunds', (SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY v.ended_at), '[]') FROM (
               SELECT f.state, f.cause, f.amount_minor, f.currency, f.ended_at, f.psp_ref
                 FROM refund AS f
                WHERE f.payment_id = d.payment_id AND f.bucket = d.bucket) AS v))::text AS row
  FROM dispute AS d
  JOIN payment AS p ON p.id = d.payment_id AND p.bucket = d.bucket
  JOIN attempt AS a ON a.id = d.attempt_id AND a.bucket = d.bucket
  JOIN payment_method AS m ON m.id = p.payment_method_id AND m.bucket = p.bucket
  LEFT JOIN instrument AS i
    ON i.psp_account = a.psp_account AND i.psp_token = a.psp_token AND i.bucket = a.bucket
 WHERE d.bucket = %(bucket)s AND d.id = %(id)s

-- name: since
-- Since when a disputed charge's customer is one, and until when charges count as earlier.
SELECT c.created_at, d.opened_at
  FROM dispute AS d
  JOIN customer AS c ON c.id = d.customer_id AND c.bucket = d.bucket
 WHERE d.bucket = %(bucket)s AND d.id = %(id)s

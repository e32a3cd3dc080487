-- name: timeline
-- What happened to a customer, the newest first: invoices, attempts, refunds, credit notes,
-- disputes, texts that were shown and accepted, the log of the subscriptions, mails that were
-- written, and what people did. Each as one row with one instant.
WITH owned AS (
     SELECT i.bucket, i.id, i.cause, i.currency, i.total_minor, i.issued_at
       FROM invoice AS i
      WHERE (i.issued_on - DATE '2000-01-01') >> 5 = ANY(%(months)s::integer[])
        AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s),
     paying AS (
     SELECT p.bucket, p.id
       FROM owned AS o
       JOIN payment AS p ON p.invoice_id = o.id AND p.bucket = o.bucket
                        AND p.state IN ('processing', 'succeeded')
      UNION ALL
     SELECT p.bucket, p.id
       FROM owned AS o
       JOIN payment AS p ON p.invoice_id = o.id AND p.bucket = o.bucket
                        AND p.state IN ('failed', 'canceled')),
     agreed AS (
     SELECT s.bucket, s.id
       FROM subscription AS s
      WHERE s.customer_id = %(customer_id)s AND s.bucket = %(bucket)s
        AND s.state NOT IN ('canceled', 'expired')
      UNION ALL
     SELECT s.bucket, s.id
       FROM subscription AS s
      WHERE s.customer_id = %(customer_id)s AND s.bucket = %(bucket)s
        AND s.state IN ('canceled', 'expired'))
SELECT h.at, h.kind, h.what, h.detail, h.actor, h.amount_minor, h.currency, h.of_kind, h.of_id
  FROM (
       SELECT o.issued_at AS at, 'invoice' AS kind, o.cause AS what, NULL AS detail,
              NULL AS actor, o.total_minor AS amount_minor, o.currency, 'invoice' AS of_kind,
              o.id AS of_id, 0 AS seq
         FROM owned AS o
        UNION ALL
       SELECT coalesce(a.ended_at, a.sent_at), 'attempt', a.state, a.category, a.psp_account,
              a.amount_minor, a.currency, 'payment', a.payment_id, a.ordinal
         FROM paying AS y
         JOIN attempt AS a ON a.payment_id = y.id AND a.bucket = y.bucket
        UNION ALL
       SELECT coalesce(r.ended_at, r.sent_at), 'refund', r.state, r.cause, r.psp_account,
              r.amount_minor, r.currency, 'payment', r.payment_id, 0
         FROM refund AS r
        WHERE r.customer_id = %(customer_id)s AND r.bucket = %(bucket)s
        UNION ALL
       SELECT c.issued_at, 'credit_note', c.reason, c.settles, NULL, c.total_minor, c.currency,
              'invoice', c.invoice_id, 0
         FROM credit_note AS c
        WHERE c.customer_id = %(customer_id)s AND c.bucket = %(bucket)s
        UNION ALL
       SELECT d.opened_at, 'dispute', d.state, d.reason, d.psp_account, d.amount_minor,
              d.currency, 'payment', d.payment_id, 0
         FROM paying AS y
         JOIN dispute AS d ON d.payment_id = y.id AND d.bucket = y.bucket
        UNION ALL
       SELECT e.recorded_at, 'subscription', e.kind, e.body #>> '{steps,0,plan}', e.actor,
              NULL, NULL, NULL, NULL, e.seq
         FROM agreed AS g
         JOIN subscription_event AS e ON e.subscription_id = g.id AND e.bucket = g.bucket
        UNION ALL
       SELECT c.accepted_at, 'consent', c.kind, concat_ws(' ', c.text_version, c.language),
              c.channel, NULL, NULL, NULL, NULL, 0
         FROM agreed AS g
         JOIN LATERAL (
              SELECT k.accepted_at, k.kind, k.text_version, k.language, k.channel
                FROM agreement AS k
               WHERE k.subscription_id = g.id AND k.bucket = g.bucket
              OFFSET 0) AS c ON true  -- else a moment is looked up through all of its key
        UNION ALL
       SELECT m.occurred_at, 'mail', m.kind, m.state, NULL, NULL, NULL, 'mail', m.id, m.sequence
         FROM mail AS m
        WHERE ((m.occurred_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5
              = ANY(%(months)s::integer[])
          AND m.bucket = %(bucket)s AND m.customer_id = %(customer_id)s AND m.state <> 'skipped'
        UNION ALL
       SELECT t.occurred_at, 'act', t.act, NULL, t.actor, (t.after ->> 'amount')::bigint,
              t.after ->> 'currency', t.object_kind, t.object_id, 0
         FROM audit_entry AS t
        WHERE t.customer_id = %(customer_id)s) AS h
 WHERE h.at < %(until)s
 ORDER BY h.at DESC,
          array_position(ARRAY['mail', 'act', 'dispute', 'credit_note', 'refund', 'attempt', 'invoice',
                               'consent', 'subscription'], h.kind),
          h.seq DESC, h.of_id
 LIMIT %(limit)s

-- name: sums
-- What a customer paid, got back and owes by their invoices, by currency.
SELECT p.currency, sum(p.captured_minor)::bigint AS paid_minor,
       sum(p.refunded_minor)::bigint AS refunded_minor,
       coalesce(sum(p.amount_minor) FILTER (WHERE p.state = 'processing'), 0)::bigint AS open_minor,
       count(*) FILTER (WHERE p.captured_minor > 0) AS payments
  FROM invoice AS i
  JOIN payment AS p ON p.invoice_id = i.id AND p.bucket = i.bucket
                   AND p.state IN ('processing', 'succeeded')
 WHERE (i.issued_on - DATE '2000-01-01') >> 5 = ANY(%(months)s::integer[])
   AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
 GROUP BY p.currency
 ORDER BY p.currency

-- name: standing
-- What some customers have: the plan and state of each live subscription.
SELECT s.customer_id, s.state, l.name AS plan_name, s.next_bill_at, s.currency
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN subscription AS s ON s.customer_id = n.id AND s.bucket = n.bucket
                        AND s.state NOT IN ('canceled', 'expired')
 CROSS JOIN LATERAL (
       SELECT b.plan_code
         FROM subscription_item AS b
        WHERE b.subscription_id = s.id AND b.bucket = s.bucket AND b.component = 'base'
        ORDER BY b.starts_on DESC, b.no DESC
        LIMIT 1) AS i
  JOIN plan AS l ON l.code = i.plan_code
 ORDER BY s.customer_id, s.id

-- name: decisions
-- Why each attempt of a payment went where it went.
SELECT d.subject_id, d.policy_version, d.rule, d.chosen, d.candidates::text AS candidates
  FROM attempt AS a
  JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
 WHERE a.payment_id = %(payment_id)s AND a.bucket = %(bucket)s
 ORDER BY a.ordinal
 LIMIT 100

-- name: transfers
-- What a payment moved: its attempts and its refunds.
SELECT t.booked_on, t.purpose, t.debit, t.credit, t.amount_minor, t.currency
  FROM (SELECT a.bucket, a.id
          FROM attempt AS a
         WHERE a.payment_id = %(payment_id)s AND a.bucket = %(bucket)s
         UNION ALL
        SELECT r.bucket, r.id
          FROM refund AS r
         WHERE r.payment_id = %(payment_id)s AND r.bucket = %(bucket)s) AS s
  JOIN transfer AS t ON t.source_id = s.id AND t.bucket = s.bucket
 ORDER BY t.occurred_at, t.purpose, t.n
 LIMIT 200

-- name: payment_method
-- One payment method, without its tokens: what its first instrument says, and all accounts.
SELECT m.bucket, m.id, m.customer_id, i.psp_account,
       ARRAY(SELECT o.psp_account
               FROM instrument AS o
              WHERE o.payment_method_id = m.id AND o.bucket = m.bucket AND o.state = 'active'
              ORDER BY o.no) AS psp_accounts,
       m.brand, m.last4, i.bin, i.funding, i.issuer_country, i.expires_on,
       m.metadata::text AS metadata, m.external_id, m.version, m.created_at,
       d.state AS mandate_state, d.scheme AS mandate_scheme, d.reference AS mandate_reference,
       d.notice_days, d.text_version, d.accepted_at, d.last_debit_on, d.lapses_on
  FROM payment_method AS m
 CROSS JOIN LATERAL (
       SELECT y.psp_account, y.psp_token, y.bin, y.funding, y.issuer_country, y.expires_on
         FROM instrument AS y
        WHERE y.payment_method_id = m.id AND y.bucket = m.bucket AND y.state = 'active'
        ORDER BY y.no
        LIMIT 1) AS i
  LEFT JOIN LATERAL (
       SELECT x.state, x.scheme, x.reference, x.notice_days, x.text_version, x.accepted_at,
              x.last_debit_on, x.lapses_on
         FROM mandate AS x
        WHERE x.payment_method_id = m.id AND x.bucket = m.bucket
          AND x.psp_account = i.psp_account AND x.psp_token = i.psp_token
        LIMIT 1) AS d ON true
 WHERE m.bucket = %(bucket)s AND m.id = %(id)s

-- name: payment_methods
-- A page of a customer's payment methods, newest first.
SELECT m.bucket, m.id, m.customer_id, i.psp_account,
       ARRAY(SELECT o.psp_account
               FROM instrument AS o
              WHERE o.payment_method_id = m.id AND o.bucket = m.bucket AND o.state = 'active'
              ORDER BY o.no) AS psp_accounts,
       m.brand, m.last4, i.bin, i.funding, i.issuer_country, i.expires_on,
       m.metadata::text AS metadata, m.external_id, m.version, m.created_at,
       d.state AS mandate_state, d.scheme AS mandate_scheme, d.reference AS mandate_reference,
       d.notice_days, d.text_version, d.accepted_at, d.last_debit_on, d.lapses_on
  FROM payment_method AS m
 CROSS JOIN LATERAL (
       SELECT y.psp_account, y.psp_token, y.bin, y.funding, y.issuer_country, y.expires_on
         FROM instrument AS y
        WHERE y.payment_method_id = m.id AND y.bucket = m.bucket AND y.state = 'active'
        ORDER BY y.no
        LIMIT 1) AS i
  LEFT JOIN LATERAL (
       SELECT x.state, x.scheme, x.reference, x.notice_days, x.text_version, x.accepted_at,
              x.last_debit_on, x.lapses_on
         FROM mandate AS x
        WHERE x.payment_method_id = m.id AND x.bucket = m.bucket
          AND x.psp_account = i.psp_account AND x.psp_token = i.psp_token
        LIMIT 1) AS d ON true
 WHERE m.bucket = %(bucket)s AND m.customer_id = %(customer_id)s
   AND m.id < %(before)s
 ORDER BY m.id DESC
 LIMIT %(limit)s

-- name: payment
-- One payment.
SELECT {PaymentView:p - is_over claim_minor is_held}, s.ended_at IS NOT NULL AS is_over,
       i.total_minor - i.credited_minor - p.refunding_minor
           + CASE WHEN p.refunding_minor = 0 THEN 0
                  ELSE (SELECT coalesce(sum(r.amount_minor), 0) FROM refund AS r
                         WHERE r.payment_id = p.id AND r.bucket = p.bucket AND r.cause = 'credit'
                           AND r.resolve_at IS NOT NULL) END::bigint AS claim_minor,
       c.subscription_id IS NOT NULL AS is_held
  FROM payment AS p
  JOIN subscription AS s ON s.id = p.subscription_id AND s.bucket = p.bucket
  JOIN invoice AS i ON i.id = p.invoice_id AND i.bucket = p.bucket
  LEFT JOIN pending_change AS c ON c.subscription_id = p.subscription_id AND c.bucket = p.bucket
 WHERE p.bucket = %(bucket)s AND p.id = %(id)s

-- name: payments
-- A page of payments, newest first. One state is said as such, so that its index gives the order;
-- those of an invoice are read with all live states, or with those that were given up. What a row
-- of the page belongs to is found by its id alone: an index that begins otherwise may look cheaper.
SELECT {PaymentView:p - is_over claim_minor is_held}, s.ended_at IS NOT NULL AS is_over,
       i.total_minor - i.credited_minor - p.refunding_minor
           + CASE WHEN p.refunding_minor = 0 THEN 0
                  ELSE (SELECT coalesce(sum(r.amount_minor), 0) FROM refund AS r
                         WHERE r.payment_id = p.id AND r.bucket = p.bucket AND r.cause = 'credit'
                           AND r.resolve_at IS NOT NULL) END::bigint AS claim_minor,
       c.subscription_id IS NOT NULL AS is_held
  FROM (SELECT {PaymentView:y - is_over claim_minor is_held}
          FROM payment AS y
         WHERE y.id < %(before)s
           AND (%(bucket)s::smallint IS NULL OR y.bucket = %(bucket)s)
           AND (%(invoice_id)s::uuid IS NULL OR y.invoice_id = %(invoice_id)s)
           AND (%(states)s::text[] IS NULL OR y.state = ANY(%(states)s))
           AND (cardinality(%(states)s) IS DISTINCT FROM 1 OR y.state = (%(states)s)[1])
         ORDER BY y.id DESC
         LIMIT %(limit)s) AS p
  JOIN subscription AS s ON s.id = p.subscription_id AND s.bucket = p.bucket
  JOIN invoice AS i ON i.id = p.invoice_id AND i.bucket + 0 = p.bucket
  LEFT JOIN pending_change AS c ON c.subscription_id = p.subscription_id AND c.bucket = p.bucket
 ORDER BY p.id DESC

-- name: payments_of_customer
-- A page of a customer's payments, newest first: of the invoices of some months, in live states or
-- in those that were given up.
SELECT {PaymentView:p - is_over claim_minor is_held}, s.ended_at IS NOT NULL AS is_over,
       p.claim_minor, p.is_held
  FROM (SELECT {PaymentView:o - is_over claim_minor is_held},
               i.total_minor - i.credited_minor - o.refunding_minor
                   + CASE WHEN o.refunding_minor = 0 THEN 0
                          ELSE (SELECT coalesce(sum(r.amount_minor), 0) FROM refund AS r
                                 WHERE r.payment_id = o.id AND r.bucket = o.bucket AND r.cause = 'credit'
                                   AND r.resolve_at IS NOT NULL) END::bigint AS claim_minor,
               c.subscription_id IS NOT NULL AS is_held
          FROM invoice AS i
         CROSS JOIN LATERAL (
               SELECT {PaymentView:y - is_over claim_minor is_held}
                 FROM payment AS y
                WHERE y.bucket = i.bucket AND y.invoice_id = i.id
                  AND y.id < %(before)s AND y.state = ANY(%(states)s::text[])
                LIMIT 100) AS o
          LEFT JOIN pending_change AS c
            ON c.subscription_id = o.subscription_id AND c.bucket = o.bucket
         WHERE (i.issued_on - DATE '2000-01-01') >> 5 = ANY(%(months)s::integer[])
           AND i.bucket = %(bucket)s AND i.customer_id = %(customer_id)s
         ORDER BY o.id DESC
         LIMIT %(limit)s) AS p
  JOIN subscription AS s ON s.id = p.subscription_id AND s.bucket = p.bucket
 ORDER BY p.id DESC

-- name: retry_plan
-- The newest revision of the retry plan of a payment.
SELECT r.bucket, r.payment_id, r.revision, r.attempt_id, r.payment_method_id, r.market_code,
       r.policy_version, r.tries_max, r.tries, r.category, r.advice, r.network_advice,
       r.not_before, r.slots::text AS slots, r.track, r.next_at, r.ends_at, r.began_at,
       r.planned_at, r.decision_id
  FROM retry_plan AS r
 WHERE r.payment_id = %(payment_id)s AND r.bucket = %(bucket)s
 ORDER BY r.revision DESC
 LIMIT 1

-- name: retry_said
-- What a model said of when a payment is tried next, where one was asked.
SELECT d.learned::text AS learned
  FROM decision AS d
 WHERE d.id = %(decision_id)s AND d.bucket = %(bucket)s

-- name: attempts
-- The attempts of a payment in order; one row for each piece of evidence, or one without any.
SELECT {AttemptView:a - version challenged transaction_id authenticated liability_shifted rule learned no evidence_kind evidence_outcome recorded_at},
       h.version, h.challenged, h.transaction_id, h.status AS authenticated, h.liability_shifted,
       d.rule, d.learned::text AS learned, e.no,
       e.kind AS evidence_kind, e.outcome AS evidence_outcome, e.recorded_at
  FROM attempt AS a
  LEFT JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
  LEFT JOIN attempt_authentication AS h ON h.attempt_id = a.id AND h.bucket = a.bucket
  LEFT JOIN attempt_evidence AS e ON e.bucket = a.bucket AND e.attempt_id = a.id
 WHERE a.bucket = %(bucket)s AND a.payment_id = %(payment_id)s
 ORDER BY a.ordinal, e.no
 LIMIT 1000

-- name: refund
-- One refund.
SELECT {RefundView:r}
  FROM refund AS r
 WHERE r.bucket = %(bucket)s AND r.id = %(id)s

-- name: refunds
-- A page of refunds, newest first. One state of everybody is said as such, so that its index gives
-- the order; those of an invoice are its customer's.
SELECT {RefundView:r}
  FROM refund AS r
 WHERE r.id < %(before)s
   AND (%(bucket)s::smallint IS NULL OR r.bucket = %(bucket)s)
   AND (%(customer_id)s::uuid IS NULL OR r.customer_id = %(customer_id)s)
   AND (%(payment_id)s::uuid IS NULL OR r.payment_id = %(payment_id)s)
   AND (%(invoice_id)s::uuid IS NULL OR r.invoice_id = %(invoice_id)s)
   AND (%(states)s::text[] IS NULL OR r.state = ANY(%(states)s))
   AND (cardinality(%(states)s) IS DISTINCT FROM 1 OR r.state = (%(states)s)[1])
 ORDER BY r.id DESC
 LIMIT %(limit)s

-- name: exceptions
-- A page of what is or was open, newest first.
SELECT x.id, x.reason,
       CASE WHEN p.id IS NOT NULL THEN 'payment' WHEN a.id IS NOT NULL THEN 'attempt'
            WHEN r.id IS NOT NULL THEN 'refund' WHEN d.id IS NOT NULL THEN 'dispute'
            WHEN x.reason IN ('line_unmatched', 'line_mismatch', 'duplicate_capture',
                              'duplicate_refund') THEN 'settlement line'
            WHEN x.reason = 'file_quarantined' THEN 'settlement file'
            WHEN x.reason = 'set_aside' THEN 'payment method'
            WHEN x.reason IN ('bank_differs', 'payout_missing') THEN 'payout'
            WHEN x.reason = 'model_withdrawn' THEN 'model' ELSE 'merchant account' END AS kind,
       x.bucket, x.subject_id, coalesce(p.id, a.payment_id, r.payment_id, d.payment_id) AS payment_id,
       x.detail, x.opened_at, x.assigned_to, x.closed_at, x.closed_by, x.resolution
  FROM money_exception AS x
  LEFT JOIN payment AS p ON p.id = x.subject_id AND p.bucket = x.bucket
  LEFT JOIN attempt AS a ON a.id = x.subject_id AND a.bucket = x.bucket
  LEFT JOIN refund AS r ON r.id = x.subject_id AND r.bucket = x.bucket
  LEFT JOIN dispute AS d ON d.id = x.subject_id AND d.bucket = x.bucket
 WHERE x.id < %(before)s
   AND (NOT %(open_only)s::boolean OR x.closed_at IS NULL)
   AND (NOT %(closed_only)s::boolean OR x.closed_at IS NOT NULL)
   AND (%(reasons)s::text[] IS NULL OR x.reason = ANY(%(reasons)s))
   AND (%(assigned_to)s::text IS NULL OR x.assigned_to = %(assigned_to)s)
   AND (%(late_reasons)s::text[] IS NULL OR EXISTS (
        SELECT FROM unnest(%(late_reasons)s::text[], %(late_before)s::timestamptz[])
               AS w (late_reasons, late_before)
         WHERE w.late_reasons = x.reason AND x.opened_at < w.late_before))
 ORDER BY x.id DESC
 LIMIT %(limit)s

-- name: exception
-- One exception.
SELECT x.id, x.reason,
       CASE WHEN p.id IS NOT NULL THEN 'payment' WHEN a.id IS NOT NULL THEN 'attempt'
            WHEN r.id IS NOT NULL THEN 'refund' WHEN d.id IS NOT NULL THEN 'dispute'
            WHEN x.reason IN ('line_unmatched', 'line_mismatch', 'duplicate_capture',
                              'duplicate_refund') THEN 'settlement line'
            WHEN x.reason = 'file_quarantined' THEN 'settlement file'
            WHEN x.reason = 'set_aside' THEN 'payment method'
            WHEN x.reason IN ('bank_differs', 'payout_missing') THEN 'payout'
            WHEN x.reason = 'model_withdrawn' THEN 'model' ELSE 'merchant account' END AS kind,
       x.bucket, x.subject_id, coalesce(p.id, a.payment_id, r.payment_id, d.payment_id) AS payment_id,
       x.detail, x.opened_at, x.assigned_to, x.closed_at, x.closed_by, x.resolution
  FROM money_exception AS x
  LEFT JOIN payment AS p ON p.id = x.subject_id AND p.bucket = x.bucket
  LEFT JOIN attempt AS a ON a.id = x.subject_id AND a.bucket = x.bucket
  LEFT JOIN refund AS r ON r.id = x.subject_id AND r.bucket = x.bucket
  LEFT JOIN dispute AS d ON d.id = x.subject_id AND d.bucket = x.bucket
 WHERE x.id = %(id)s AND x.bucket = %(bucket)s

-- name: exceptions_of
-- What was opened for some subjects of a bucket, newest first.
SELECT x.id, x.reason,
       CASE WHEN p.id IS NOT NULL THEN 'payment' WHEN a.id IS NOT NULL THEN 'attempt'
            WHEN r.id IS NOT NULL THEN 'refund' WHEN d.id IS NOT NULL THEN 'dispute'
            WHEN x.reason IN ('line_unmatched', 'line_mismatch', 'duplicate_capture',
                              'duplicate_refund') THEN 'settlement line'
            WHEN x.reason = 'file_quarantined' THEN 'settlement file'
            WHEN x.reason = 'set_aside' THEN 'payment method'
            WHEN x.reason IN ('bank_differs', 'payout_missing') THEN 'payout'
            WHEN x.reason = 'model_withdrawn' THEN 'model' ELSE 'merchant account' END AS kind,
       x.bucket, x.subject_id, coalesce(p.id, a.payment_id, r.payment_id, d.payment_id) AS payment_id,
       x.detail, x.opened_at, x.assigned_to, x.closed_at, x.closed_by, x.resolution
  FROM money_exception AS x
  LEFT JOIN payment AS p ON p.id = x.subject_id AND p.bucket = x.bucket
  LEFT JOIN attempt AS a ON a.id = x.subject_id AND a.bucket = x.bucket
  LEFT JOIN refund AS r ON r.id = x.subject_id AND r.bucket = x.bucket
  LEFT JOIN dispute AS d ON d.id = x.subject_id AND d.bucket = x.bucket
 WHERE x.subject_id = ANY(%(ids)s::uuid[]) AND x.bucket = %(bucket)s
 ORDER BY x.opened_at DESC, x.reason
 LIMIT 200

-- name: dispute
-- One dispute.
SELECT {DisputeView:d}
  FROM dispute AS d
 WHERE d.bucket = %(bucket)s AND d.id = %(id)s

-- name: disputes
-- A page of disputes, newest first. One state is said as such, so that its index gives the order.
SELECT {DisputeView:d}
  FROM dispute AS d
 WHERE d.id < %(before)s
   AND (%(bucket)s::smallint IS NULL OR d.bucket = %(bucket)s)
   AND (%(payment_id)s::uuid IS NULL OR d.payment_id = %(payment_id)s)
   AND (%(states)s::text[] IS NULL OR d.state = ANY(%(states)s))
   AND (cardinality(%(states)s) IS DISTINCT FROM 1 OR d.state = (%(states)s)[1])
 ORDER BY d.id DESC
 LIMIT %(limit)s

-- name: answerable_disputes
-- Disputes that wait for an answer of ours, the first deadline first; those without one last.
SELECT {DisputeView:d}
  FROM dispute AS d
 WHERE d.state IN ('warning', 'needs_response')
 ORDER BY d.due_by, d.id
 LIMIT %(limit)s

-- name: dispute_facts
-- What was told of a dispute and done about it, in order.
SELECT {DisputeFactView:f}
  FROM dispute_fact AS f
 WHERE f.bucket = %(bucket)s AND f.dispute_id = %(dispute_id)s
 ORDER BY f.no
 LIMIT 1000

-- name: dispute_evidence
-- What was sent to the provider of a dispute, in order.
SELECT {DefenceView:e}
  FROM dispute_evidence AS e
 WHERE e.dispute_id = %(dispute_id)s AND e.bucket = %(bucket)s
 ORDER BY e.sent_at, e.id
 LIMIT 100

-- name: dispute_policies
-- What follows when a dispute is lost, where that was set.
SELECT p.kind, p.when_lost
  FROM dispute_policy AS p
 ORDER BY p.kind
 LIMIT 10

-- name: default_methods
-- What some customers are charged by unless something else is named.
SELECT d.bucket, d.customer_id, d.payment_method_id
  FROM default_method AS d
 WHERE d.customer_id = ANY(%(customer_ids)s::uuid[])

-- name: account_codes
-- The codes of all merchant accounts.
SELECT a.code FROM psp_account AS a ORDER BY a.code LIMIT 1000

-- name: switched_models
-- The models that sellers ever switched.
SELECT DISTINCT w.kind, w.seller_code
  FROM model_switch AS w
 ORDER BY w.kind, w.seller_code
 LIMIT 1000

-- name: proposals
-- A page of what people propose about charges and refunds, newest first.
SELECT e.bucket, e.id, e.subject_id, e.kind, coalesce(a.payment_id, r.payment_id) AS payment_id,
       e.outcome, e.psp_ref, e.note, e.file_sha256, e.state, e.proposed_by, e.proposed_at,
       e.ended_by, e.ended_at
  FROM evidence_proposal AS e
  LEFT JOIN attempt AS a ON a.id = e.subject_id AND a.bucket = e.bucket
  LEFT JOIN refund AS r ON r.id = e.subject_id AND r.bucket = e.bucket
 WHERE e.id < %(before)s
   AND (%(state)s::text IS NULL OR e.state = %(state)s)
   AND (%(subject_id)s::uuid IS NULL
        OR (e.subject_id = %(subject_id)s AND e.bucket = %(bucket)s::smallint))
 ORDER BY e.id DESC
 LIMIT %(limit)s

-- name: proposal
-- One proposal.
SELECT e.bucket, e.id, e.subject_id, e.kind, coalesce(a.payment_id, r.payment_id) AS payment_id,
       e.outcome, e.psp_ref, e.note, e.file_sha256, e.state, e.proposed_by, e.proposed_at,
       e.ended_by, e.ended_at
  FROM evidence_proposal AS e
  LEFT JOIN attempt AS a ON a.id = e.subject_id AND a.bucket = e.bucket
  LEFT JOIN refund AS r ON r.id = e.subject_id AND r.bucket = e.bucket
 WHERE e.id = %(id)s AND e.bucket = %(bucket)s

-- name: waiting_refunds
-- Refunds that wait for a second person, newest first.
SELECT {RefundProposalView:p - customer_id}, m.customer_id
  FROM refund_proposal AS p
  JOIN payment AS m ON m.id = p.payment_id AND m.bucket = p.bucket
 WHERE p.state = 'proposed' AND p.expires_at > %(now)s
 ORDER BY p.id DESC
 LIMIT %(limit)s

-- name: proposed_refunds
-- Refunds that were proposed of a payment, newest first.
SELECT {RefundProposalView:p - customer_id}, m.customer_id
  FROM refund_proposal AS p
  JOIN payment AS m ON m.id = p.payment_id AND m.bucket = p.bucket
 WHERE p.payment_id = %(payment_id)s AND p.bucket = %(bucket)s
 ORDER BY p.id DESC
 LIMIT %(limit)s

-- name: proposed_refund
-- One refund that was proposed.
SELECT {RefundProposalView:p - customer_id}, m.customer_id
  FROM refund_proposal AS p
  JOIN payment AS m ON m.id = p.payment_id AND m.bucket = p.bucket
 WHERE p.id = %(id)s AND p.bucket = %(bucket)s

-- name: evidence_subject
-- A charge or refund, with all that was found out of it.
SELECT 'attempt' AS kind, a.bucket, a.id, a.payment_id, a.psp_account, a.state, a.currency,
       a.amount_minor, a.sent_at, a.unknown_since, a.looks, a.psp_ref, a.psp_code
  FROM attempt AS a
 WHERE a.id = %(id)s AND a.bucket = %(bucket)s
 UNION ALL
SELECT 'refund', r.bucket, r.id, r.payment_id, r.psp_account, r.state, r.currency,
       r.amount_minor, r.sent_at, NULL, r.looks, r.psp_ref, r.psp_code
  FROM refund AS r
 WHERE r.id = %(id)s AND r.bucket = %(bucket)s

-- name: heard
-- What was heard of a charge or refund, oldest first: evidence, webhooks, lines of files.
SELECT 'evidence' AS source, v.outcome AS what, v.kind AS name, v.recorded_at AS at
  FROM attempt_evidence AS v
 WHERE v.attempt_id = %(id)s AND v.bucket = %(bucket)s
 UNION ALL
SELECT 'webhook', e.event_type, e.event_key, e.received_at
  FROM psp_event AS e
 WHERE e.reference = %(id)s::uuid::text AND e.body IS NOT NULL
 UNION ALL
SELECT 'settlement_line', l.match, f.reference || ' line ' || l.line_no, f.imported_at
  FROM settlement_line AS l
  JOIN settlement_file AS f ON f.id = l.file_id
 WHERE l.subject_id = %(id)s
 ORDER BY at
 LIMIT 200

-- name: payment_setup
-- One set-up of a payment method.
SELECT {SetupView:s}
  FROM payment_setup AS s
 WHERE s.id = %(id)s AND s.bucket = %(bucket)s

-- name: payment_setups
-- A page of a customer's set-ups, newest first.
SELECT {SetupView:s}
  FROM payment_setup AS s
 WHERE s.bucket = %(bucket)s AND s.customer_id = %(customer_id)s
   AND s.id < %(before)s
 ORDER BY s.id DESC
 LIMIT %(limit)s

-- name: decision
-- A decision by its id; or, by the id of an attempt, the choice of its account or of the next try.
SELECT {DecisionView:d - candidates features learned},
       d.candidates::text AS candidates, d.features::text AS features, d.learned::text AS learned
  FROM decision AS d
 WHERE d.bucket = %(bucket)s AND d.kind IN ('route', 'retry')
   AND d.id IN (%(id)s, (SELECT a.decision_id
                           FROM attempt AS a
                          WHERE a.bucket = %(bucket)s AND a.id = %(id)s AND %(kind)s = 'route'),
                        (SELECT r.decision_id
                           FROM attempt AS a
                           JOIN retry_plan AS r
                             ON r.payment_id = a.payment_id AND r.bucket = a.bucket
                            AND r.attempt_id = a.id
                          WHERE a.bucket = %(bucket)s AND a.id = %(id)s AND %(kind)s = 'retry'
                          ORDER BY r.revision DESC
                          LIMIT 1))

-- name: retry_table
-- A table of retry timing, as it was loaded.
SELECT {TableRow:m} FROM retry_model AS m WHERE m.version = %(version)s

-- name: router_state
-- What the model of routing knew after a tick, or knows by now.
SELECT {SnapshotRow:s}
  FROM router_snapshot AS s
 WHERE %(tick)s::bigint IS NULL OR s.tick = %(tick)s
 ORDER BY s.tick DESC
 LIMIT 1

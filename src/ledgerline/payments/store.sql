-- name: put_psp_account
-- Insert or update a merchant account; one of another provider is left, and so is the status.
INSERT INTO psp_account ({PspAccountRow})
VALUES (%(code)s, %(psp)s, %(seller_code)s, %(secrets_sealed)s, %(status)s, %(call_deadline_ms)s,
        %(settings)s)
    ON CONFLICT ON CONSTRAINT psp_account_pk DO UPDATE
   SET settings = excluded.settings, secrets_sealed = excluded.secrets_sealed,
       call_deadline_ms = excluded.call_deadline_ms
 WHERE psp_account.psp = excluded.psp

-- name: read_psp_accounts
-- All merchant accounts.
SELECT {PspAccountRow - settings}, settings::text AS settings
  FROM psp_account
 ORDER BY code
 LIMIT 1000

-- name: read_account_use
-- Count what rests on a merchant account.
SELECT (SELECT count(*) FROM instrument AS i WHERE i.psp_account = %(code)s) AS payment_methods,
       (SELECT count(*)
          FROM payment AS p
          JOIN instrument AS i
            ON i.payment_method_id = p.payment_method_id AND i.bucket = p.bucket
           AND i.state = 'active'
         WHERE p.next_try_at IS NOT NULL AND i.psp_account = %(code)s) AS due_payments,
       (SELECT count(*) FROM attempt AS a
         WHERE a.resolve_at IS NOT NULL AND a.psp_account = %(code)s) AS open_attempts,
       (SELECT count(*) FROM payment_setup AS s
         WHERE s.resolve_at IS NOT NULL AND s.psp_account = %(code)s) AS open_set_ups,
       (SELECT count(*) FROM refund AS f
         WHERE f.resolve_at IS NOT NULL AND f.psp_account = %(code)s) AS open_refunds

-- name: set_account_status
-- Let new charges go to a merchant account, or not.
UPDATE psp_account SET status = %(status)s WHERE code = %(code)s

-- name: remove_psp_account
-- Delete a merchant account that nothing rests on.
DELETE FROM psp_account WHERE code = %(code)s

-- name: add_payment_method
-- Insert a payment method.
INSERT INTO payment_method ({NewPaymentMethodRow}, version)
VALUES (%(bucket)s, %(id)s, %(customer_id)s, %(brand)s, %(last4)s, %(metadata)s,
        %(external_id)s, %(created_at)s, 1)

-- name: add_instrument
-- Insert the instrument that a method is charged by.
INSERT INTO instrument ({NewInstrumentRow}, state)
VALUES (%(bucket)s, %(payment_method_id)s, %(no)s, %(psp_account)s, %(psp_token)s, %(fingerprint_hash)s,
        %(bin)s, %(funding)s, %(issuer_country)s, %(expires_on)s, %(nti_initial)s, %(sca_ref)s,
        %(setup_id)s, 'active')

-- name: keep_charged
-- Keep what charges told of instruments: the first network id for good, what is printed as of now.
UPDATE instrument AS i
   SET fingerprint_hash = coalesce(n.fingerprint_hash, i.fingerprint_hash),
       bin = coalesce(n.bin, i.bin), funding = coalesce(n.funding, i.funding),
       issuer_country = coalesce(n.issuer_country, i.issuer_country),
       expires_on = coalesce(n.expires_on, i.expires_on),
       nti_initial = coalesce(i.nti_initial, n.nti), nti_last = coalesce(n.nti, i.nti_last),
       first_cit_attempt = coalesce(i.first_cit_attempt, n.cit_attempt)
  FROM unnest(%(bucket)s::smallint[], %(payment_method_id)s::uuid[], %(psp_account)s::text[],
              %(psp_token)s::text[], %(fingerprint_hash)s::bytea[], %(bin)s::text[],
              %(funding)s::text[], %(issuer_country)s::text[], %(expires_on)s::date[],
              %(nti)s::text[], %(cit_attempt)s::uuid[])
       AS n ({ChargedRow})
 WHERE i.payment_method_id = n.payment_method_id AND i.bucket = n.bucket
   AND i.psp_account = n.psp_account AND i.psp_token = n.psp_token

-- name: read_payment_methods
-- Some payment methods that can be charged.
SELECT {PaymentMethodRow:m}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN payment_method AS m ON m.bucket = n.bucket AND m.id = n.id
 WHERE EXISTS (SELECT FROM instrument AS i
                WHERE i.payment_method_id = m.id AND i.bucket = m.bucket AND i.state = 'active')

-- name: add_payments
-- Open payments, in bulk.
COPY payment ({NewPaymentRow})
  FROM STDIN (FORMAT BINARY)

-- name: claim_due
-- locks: payment
-- Claim payments whose next try is due and that can be charged; other workers skip them.
SELECT {DuePaymentRow:p}
  FROM payment AS p
 WHERE p.next_try_at <= %(now)s AND p.bucket >= %(bucket_from)s AND p.bucket < %(bucket_to)s
   AND EXISTS (SELECT FROM instrument AS i
                WHERE i.payment_method_id = p.payment_method_id AND i.bucket = p.bucket
                  AND i.state = 'active')
 ORDER BY p.bucket, p.next_try_at, p.id
 LIMIT %(limit)s
   FOR NO KEY UPDATE OF p SKIP LOCKED

-- name: mark_tried
-- Count a try and take it off the calendar while its attempt is live.
UPDATE payment AS p
   SET tries = n.tries + 1, next_try_at = NULL, awaits_payer = false, withheld_for = NULL
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(tries)s::integer[]) AS n (bucket, id, tries)
 WHERE p.bucket = n.bucket AND p.id = n.id AND p.tries = n.tries

-- name: add_attempts
-- Commit attempts as sent; a second live one of a payment is refused.
COPY attempt ({NewAttemptRow})
  FROM STDIN (FORMAT BINARY)

-- name: find_attempts
-- What some attempts belong to; unlocked, to know what to lock.
SELECT a.bucket, a.id, a.payment_id, p.invoice_id, p.subscription_id, p.customer_id
  FROM attempt AS a
  JOIN payment AS p ON p.bucket = a.bucket AND p.id = a.payment_id
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON a.bucket = n.bucket AND a.id = n.id

-- name: find_invoice
-- The invoice a payment collects; unlocked, to know what to lock.
SELECT {PaymentInvoiceRow:p}
  FROM payment AS p
 WHERE p.bucket = %(bucket)s AND p.id = %(id)s

-- name: lock_payments
-- locks: payment
-- Read and lock some payments.
SELECT {PaymentRow:p}
  FROM payment AS p
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON p.bucket = n.bucket AND p.id = n.id
 ORDER BY p.bucket, p.id
   FOR NO KEY UPDATE OF p

-- name: lock_payments_of_invoice
-- locks: payment
-- Read and lock the live payment of one invoice.
SELECT {PaymentRow:p}
  FROM payment AS p
 WHERE p.bucket = %(bucket)s AND p.invoice_id = %(invoice_id)s
   AND p.state IN ('processing', 'succeeded')
 ORDER BY p.bucket, p.id
   FOR NO KEY UPDATE OF p

-- name: read_owing
-- Which of some subscriptions have a declined payment on the calendar, or one that collects anew
-- what was taken back: one probe a bucket.
SELECT p.subscription_id
  FROM unnest(%(buckets)s::smallint[], %(subscription_ids)s::uuid[]) AS n (bucket, subscription_id)
 CROSS JOIN LATERAL (
       SELECT y.subscription_id
         FROM payment AS y
        WHERE y.bucket = n.bucket AND y.subscription_id = n.subscription_id
          AND y.next_try_at IS NOT NULL
          AND (y.tries > y.own_failures OR y.purpose <> 'full')
        LIMIT 1) AS p

-- name: lock_attempts
-- locks: attempt
-- Read and lock some attempts.
SELECT {AttemptRow:a}
  FROM attempt AS a
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON a.bucket = n.bucket AND a.id = n.id
 ORDER BY a.bucket, a.id
   FOR NO KEY UPDATE OF a

-- name: read_attempts
-- Read some attempts without locking them.
SELECT {AttemptRow:a}
  FROM attempt AS a
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON a.bucket = n.bucket AND a.id = n.id

-- name: claim_unresolved
-- locks: attempt
-- Claim attempts whose look is due, and set the next look, so that a dead worker loses nothing.
UPDATE attempt AS a
   SET resolve_at = %(next_look_at)s, looks = a.looks + 1
  FROM (SELECT d.bucket, d.payment_id, d.id
          FROM attempt AS d
         WHERE d.resolve_at <= %(now)s AND d.bucket >= %(bucket_from)s AND d.bucket < %(bucket_to)s
         ORDER BY d.bucket, d.resolve_at, d.id
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED) AS c
 WHERE a.bucket = c.bucket AND a.payment_id = c.payment_id AND a.id = c.id
RETURNING {AttemptRow:a}

-- name: read_states
-- Where some payments stand.
SELECT p.id, p.state
  FROM payment AS p
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON p.bucket = n.bucket AND p.id = n.id

-- name: find_live_attempt
-- The attempt of a payment that may still succeed; unlocked, to know what to lock.
SELECT {AttemptRow:a}
  FROM attempt AS a
 WHERE a.bucket = %(bucket)s AND a.payment_id = %(payment_id)s
   AND a.state IN ('sent', 'unknown', 'requires_action')

-- name: mark_held
-- The provider holds it and will say what comes of it: nothing about it is unknown any more.
UPDATE attempt AS a
   SET state = 'sent', state_before = a.state, state_event = 'pending', unknown_since = NULL,
       resolve_at = n.resolve_at, psp_ref = coalesce(n.psp_ref, a.psp_ref),
       action_sealed = NULL, action_expires_at = NULL
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state)s::text[],
              %(resolve_at)s::timestamptz[], %(psp_ref)s::text[])
       AS n ({LookRow})
 WHERE a.bucket = n.bucket AND a.id = n.id AND a.state = n.state

-- name: mark_unknown
-- The answer was lost: the attempt blocks everything else until evidence closes it.
UPDATE attempt AS a
   SET state = 'unknown', state_before = a.state, state_event = 'answer_lost',
       unknown_since = coalesce(a.unknown_since, %(now)s), resolve_at = n.resolve_at,
       psp_ref = coalesce(n.psp_ref, a.psp_ref), action_sealed = NULL, action_expires_at = NULL
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state)s::text[],
              %(resolve_at)s::timestamptz[], %(psp_ref)s::text[])
       AS n ({LookRow})
 WHERE a.bucket = n.bucket AND a.id = n.id AND a.state = n.state
RETURNING {MarkedRow:a}

-- name: add_evidence
-- Record evidence.
COPY attempt_evidence ({EvidenceRow})
  FROM STDIN (FORMAT BINARY)

-- name: end_attempts
-- Close attempts with their evidence.
UPDATE attempt AS a
   SET state = n.state, state_before = n.state_before, state_event = n.state_event,
       resolve_at = NULL, ended_at = %(now)s, evidence_no = 1, category = n.category,
       psp_code = n.psp_code, psp_ref = n.psp_ref, return_url = NULL, action_sealed = NULL,
       action_expires_at = NULL
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state_before)s::text[],
              %(state_event)s::text[], %(state)s::text[], %(category)s::text[],
              %(psp_code)s::text[], %(psp_ref)s::text[])
       AS n ({EndRow})
 WHERE a.bucket = n.bucket AND a.id = n.id AND a.state = n.state_before

-- name: step_payments
-- Move payments along their state table.
UPDATE payment AS p
   SET state = n.state, state_before = n.state_before, state_event = n.state_event,
       captured_minor = n.captured_minor, next_try_at = n.next_try_at,
       awaits_payer = n.awaits_payer, withheld_for = NULL, technical_tries = n.technical_tries,
       own_failures = least(n.own_failures, 32767)::smallint, settled_attempt_id = n.settled_attempt_id,
       receipt_id = n.receipt_id, event_seq = p.event_seq + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state_before)s::text[],
              %(state_event)s::text[], %(state)s::text[], %(captured_minor)s::bigint[],
              %(next_try_at)s::timestamptz[], %(awaits_payer)s::boolean[],
              %(technical_tries)s::smallint[], %(own_failures)s::integer[],
              %(settled_attempt_id)s::uuid[], %(receipt_id)s::uuid[])
       AS n ({PaymentStepRow})
 WHERE p.bucket = n.bucket AND p.id = n.id AND p.state = n.state_before

-- name: mend_payments
-- Let another method pay what a subscription owes: what waited for the payer, or was asked for, at
-- once, the rest when it is due.
UPDATE payment
   SET payment_method_id = %(payment_method_id)s, awaits_payer = false, withheld_for = NULL,
       next_try_at = CASE WHEN awaits_payer OR id = %(id)s THEN %(next_try_at)s
                          ELSE next_try_at END
 WHERE bucket = %(bucket)s AND subscription_id = %(subscription_id)s AND state = 'processing'
   AND next_try_at IS NOT NULL

-- name: store_psp_event
-- Put a verified webhook into the inbox; a duplicate changes nothing.
INSERT INTO psp_event (psp_account, event_key, event_type, state, reference, told, alarm, dispute,
                       mandate, body, body_sha256, received_at, due_at)
VALUES (%(psp_account)s, %(event_key)s, %(event_type)s, 'received', %(reference)s, %(told)s,
        %(alarm)s, %(dispute)s, %(mandate)s, %(body)s, %(body_sha256)s, %(received_at)s,
        %(received_at)s)
    ON CONFLICT ON CONSTRAINT psp_event_pk DO NOTHING

-- name: claim_psp_events
-- Claim inbox rows that wait.
SELECT {InboxRow:e}
  FROM psp_event AS e
 WHERE e.due_at <= %(now)s
 ORDER BY e.due_at, e.psp_account, e.event_key
 LIMIT %(limit)s
   FOR NO KEY UPDATE SKIP LOCKED

-- name: end_psp_events
-- Say what became of inbox rows.
UPDATE psp_event AS e
   SET state = n.state, due_at = n.due_at, tries = least(e.tries + 1, 32767)::smallint
  FROM unnest(%(psp_account)s::text[], %(event_key)s::text[], %(state)s::text[],
              %(due_at)s::timestamptz[])
       AS n ({InboxEndRow})
 WHERE e.psp_account = n.psp_account AND e.event_key = n.event_key

-- name: add_refund
-- Commit a refund, as sent or for the resolver to send.
INSERT INTO refund ({NewRefundRow})
VALUES (%(bucket)s, %(id)s, %(payment_id)s, %(invoice_id)s, %(customer_id)s, %(seller_code)s,
        %(currency)s, %(amount_minor)s, %(cause)s, %(reason)s, %(psp_account)s, %(charge_ref)s,
        %(state)s, %(state_before)s, %(state_event)s, %(sent_at)s, %(resolve_at)s, %(looks)s,
        %(request_digest)s, %(attempt_id)s)

-- name: send_refunds
-- Say that refunds go out now, with the digests of their requests: nobody has looked at them yet.
UPDATE refund AS r
   SET state_before = n.state_before, state_event = n.state_event, state = n.state,
       sent_at = n.sent_at, resolve_at = n.resolve_at, request_digest = n.request_digest, looks = 0
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state_before)s::text[],
              %(state_event)s::text[], %(state)s::text[], %(sent_at)s::timestamptz[],
              %(resolve_at)s::timestamptz[], %(request_digest)s::bytea[])
       AS n ({SendRow})
 WHERE r.id = n.id AND r.bucket = n.bucket AND r.state = n.state_before

-- name: read_refunds_of_invoice
-- The refunds of what was paid for an invoice; no lock, for what only wants to know.
SELECT {RefundRow:r}
  FROM payment AS p
  JOIN refund AS r ON r.payment_id = p.id AND r.bucket = p.bucket
 WHERE p.invoice_id = %(invoice_id)s AND p.bucket = %(bucket)s AND p.state = 'succeeded'
 ORDER BY r.id
 LIMIT 1000

-- name: add_refund_lines
-- Reserve what a refund takes of each line.
COPY refund_line ({RefundLineRow})
  FROM STDIN (FORMAT BINARY)

-- name: read_refund_lines
-- What a refund takes of each line.
SELECT {RefundLineRow:l}
  FROM refund_line AS l
 WHERE l.refund_id = %(refund_id)s AND l.bucket = %(bucket)s
 ORDER BY l.period_start, l.item_no, l.kind
 LIMIT 1000

-- name: read_reserved_lines
-- What refunds that may still succeed have reserved of the lines of some invoices.
SELECT {ReservedLineRow:l}
  FROM unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
  JOIN refund_line AS l ON l.invoice_id = n.invoice_id AND l.bucket = n.bucket
  JOIN refund AS r ON r.id = l.refund_id AND r.bucket = l.bucket
 WHERE r.state IN ('requested', 'sent', 'unknown')
 ORDER BY l.invoice_id, l.refund_id, l.period_start, l.item_no

-- name: reserve_refund
-- Reserve an amount of a payment for a refund; more than was captured is refused.
UPDATE payment
   SET refunding_minor = refunding_minor + %(amount_minor)s
 WHERE bucket = %(bucket)s AND id = %(id)s AND state = 'succeeded'

-- name: end_reservation
-- Turn a reservation into a refund, or give it back.
UPDATE payment
   SET refunding_minor = refunding_minor - %(amount_minor)s,
       refunded_minor = refunded_minor + %(refunded_minor)s
 WHERE bucket = %(bucket)s AND id = %(id)s

-- name: read_captures
-- The succeeded attempt of a payment: where a refund has to go.
SELECT {CaptureRow:a}
  FROM attempt AS a
 WHERE a.bucket = %(bucket)s AND a.payment_id = %(payment_id)s AND a.state = 'succeeded'

-- name: find_refund
-- What a refund belongs to; unlocked, to know what to lock.
SELECT {RefundRow:r}
  FROM refund AS r
 WHERE r.bucket = %(bucket)s AND r.id = %(id)s

-- name: lock_refund
-- locks: refund
-- Read and lock a refund.
SELECT {RefundRow:r}
  FROM refund AS r
 WHERE r.bucket = %(bucket)s AND r.id = %(id)s
   FOR NO KEY UPDATE

-- name: claim_unresolved_refunds
-- locks: refund
-- Claim refunds whose look is due, and set the next look.
UPDATE refund AS r
   SET resolve_at = %(next_look_at)s, looks = r.looks + 1
  FROM (SELECT d.bucket, d.id
          FROM refund AS d
         WHERE d.resolve_at <= %(now)s AND d.bucket >= %(bucket_from)s AND d.bucket < %(bucket_to)s
         ORDER BY d.bucket, d.resolve_at, d.id
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED) AS c
 WHERE r.bucket = c.bucket AND r.id = c.id
RETURNING {RefundRow:r}

-- name: step_refund
-- Move a refund along its state table.
UPDATE refund
   SET state_before = %(state_before)s, state_event = %(state_event)s, state = %(state)s,
       resolve_at = %(resolve_at)s, ended_at = %(ended_at)s,
       psp_ref = coalesce(%(psp_ref)s, psp_ref),
       psp_code = %(psp_code)s, credit_note_id = %(credit_note_id)s, receipt_id = %(receipt_id)s,
       reversal_receipt_id = %(reversal_receipt_id)s
 WHERE bucket = %(bucket)s AND id = %(id)s AND state = %(state_before)s

-- name: read_payment_facts
-- What documents say of the payments that some invoices were paid with.
SELECT p.id, p.invoice_id, m.brand, m.last4, a.psp_ref
  FROM unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
 CROSS JOIN LATERAL (
       SELECT y.bucket, y.id, y.invoice_id, y.payment_method_id, y.settled_attempt_id
         FROM payment AS y
        WHERE y.invoice_id = n.invoice_id AND y.bucket = n.bucket
          AND y.state IN ('processing', 'succeeded')
        LIMIT 100) AS p
  JOIN payment_method AS m ON m.id = p.payment_method_id AND m.bucket = p.bucket
  LEFT JOIN attempt AS a
    ON a.payment_id = p.id AND a.bucket = p.bucket AND a.id = p.settled_attempt_id

-- name: read_given_up_payment_facts
-- The same of payments by their id: what came late for one that was given up had to go back.
SELECT p.id, p.invoice_id, m.brand, m.last4, a.psp_ref
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN payment AS p ON p.id = n.id AND p.bucket = n.bucket
  JOIN payment_method AS m ON m.id = p.payment_method_id AND m.bucket = p.bucket
  LEFT JOIN attempt AS a
    ON a.payment_id = p.id AND a.bucket = p.bucket AND a.id = p.settled_attempt_id

-- name: read_refund_facts
-- What documents say of some refunds.
SELECT {RefundFactRow:f}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN refund AS f ON f.id = n.id AND f.bucket = n.bucket

-- name: next_due
-- The earliest instant at which a payment, an attempt, a refund, a set-up, a webhook or an answer
-- to a dispute is due.
SELECT least((SELECT min(next_try_at) FROM payment WHERE next_try_at IS NOT NULL),
             (SELECT min(resolve_at) FROM attempt WHERE resolve_at IS NOT NULL),
             (SELECT min(resolve_at) FROM refund WHERE resolve_at IS NOT NULL),
             (SELECT min(resolve_at) FROM payment_setup WHERE resolve_at IS NOT NULL),
             (SELECT min(due_at) FROM psp_event WHERE due_at IS NOT NULL),
             (SELECT min(due_by) FROM dispute
               WHERE state IN ('warning', 'needs_response') AND state = 'needs_response')) AS due_at

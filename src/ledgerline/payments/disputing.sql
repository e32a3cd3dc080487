-- name: find_charged
-- The attempts of an account that its provider calls by a name, with what they belong to; one
-- that was made of late money is the one that it was made of.
SELECT DISTINCT a.bucket, coalesce(a.adopted_from, a.id) AS id, a.payment_id, p.invoice_id,
       p.subscription_id
  FROM attempt AS a
  JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket
 WHERE a.psp_account = %(psp_account)s AND a.psp_ref = %(psp_ref)s
 ORDER BY id
 LIMIT 2

-- name: find_charge
-- An attempt of an account by our own name of it, with what it belongs to.
SELECT a.bucket, a.id, a.payment_id, p.invoice_id, p.subscription_id
  FROM attempt AS a
  JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket
 WHERE a.psp_account = %(psp_account)s AND a.bucket = %(bucket)s AND a.id = %(id)s

-- name: read_paying
-- The attempts whose money a payment has: the one that settled it, and the late one that this was
-- made of.
SELECT o.id
  FROM payment AS p
  JOIN attempt AS a ON a.id = p.settled_attempt_id AND a.bucket = p.bucket
 CROSS JOIN LATERAL (VALUES (a.id), (a.adopted_from)) AS o (id)
 WHERE p.bucket = %(bucket)s AND p.id = %(payment_id)s AND o.id IS NOT NULL

-- name: find_dispute
-- One dispute, unlocked.
SELECT {DisputeRow:d}
  FROM dispute AS d
 WHERE d.bucket = %(bucket)s AND d.id = %(id)s

-- name: lock_disputes
-- locks: dispute
-- Read and lock the disputes of a payment, the oldest first.
SELECT {DisputeRow:d}
  FROM dispute AS d
 WHERE d.bucket = %(bucket)s AND d.payment_id = %(payment_id)s
 ORDER BY d.bucket, d.id
   FOR NO KEY UPDATE OF d

-- name: read_disputes_of_invoice
-- The disputes of the payments of an invoice, whose lock keeps them as they are: those of a payment
-- one after the other, the oldest first.
SELECT {DisputeRow:d}
  FROM payment AS p
  JOIN dispute AS d ON d.payment_id = p.id AND d.bucket = p.bucket
 WHERE p.invoice_id = %(invoice_id)s AND p.bucket = %(bucket)s
 ORDER BY d.payment_id, d.id
 LIMIT 1000

-- name: find_disputed
-- Those of some invoices that a dispute of one of their payments is of.
SELECT DISTINCT p.invoice_id AS id
  FROM unnest(%(buckets)s::smallint[], %(invoice_ids)s::uuid[]) AS n (bucket, invoice_id)
  JOIN payment AS p ON p.invoice_id = n.invoice_id AND p.bucket = n.bucket
  JOIN dispute AS d ON d.payment_id = p.id AND d.bucket = p.bucket

-- name: read_promised
-- What refunds under way are to give back of a payment, that no credit note says yet.
SELECT coalesce(sum(r.amount_minor), 0)::bigint AS promised_minor
  FROM refund AS r
 WHERE r.payment_id = %(payment_id)s AND r.bucket = %(bucket)s
   AND r.cause IN ('asked', 'late_change') AND r.state IN ('requested', 'sent', 'unknown')

-- name: add_dispute
-- Keep a dispute that was told of first.
INSERT INTO dispute ({DisputeRow})
VALUES (%(bucket)s, %(id)s, %(payment_id)s, %(attempt_id)s, %(invoice_id)s, %(customer_id)s,
        %(seller_code)s, %(psp_account)s, %(psp_ref)s, %(kind)s, %(stage)s, %(reason)s,
        %(reason_code)s, %(currency)s, %(amount_minor)s, %(held_minor)s, %(over_minor)s,
        %(offset_minor)s, %(reopened_minor)s, %(state)s, %(state_before)s, %(state_event)s,
        %(due_by)s, %(told_at)s, %(opened_at)s, %(fact_no)s, %(event_seq)s)

-- name: step_dispute
-- Write what a fact changed of a dispute whose lock is held.
UPDATE dispute
   SET psp_ref = %(psp_ref)s, stage = %(stage)s, reason = %(reason)s,
       reason_code = %(reason_code)s, held_minor = %(held_minor)s, over_minor = %(over_minor)s,
       offset_minor = %(offset_minor)s, reopened_minor = %(reopened_minor)s, state = %(state)s,
       state_before = %(state_before)s, state_event = %(state_event)s, due_by = %(due_by)s, told_at = %(told_at)s,
       fact_no = %(fact_no)s, event_seq = %(event_seq)s
 WHERE bucket = %(bucket)s AND id = %(id)s

-- name: add_fact
-- Keep what was told of a dispute, or done about it.
INSERT INTO dispute_fact ({DisputeFactRow})
VALUES (%(bucket)s, %(dispute_id)s, %(no)s, %(fact_key)s, %(event)s, %(source)s, %(applied)s,
        %(amount_minor)s, %(taken_minor)s, %(given_minor)s, %(occurred_at)s, %(recorded_at)s,
        %(note)s)

-- name: read_facts
-- What was told of some disputes of a bucket and done about them, in order.
SELECT {DisputeFactRow:f}
  FROM dispute_fact AS f
 WHERE f.bucket = %(bucket)s AND f.dispute_id = ANY(%(ids)s::uuid[])
 ORDER BY f.dispute_id, f.no
 LIMIT 1000

-- name: change_disputed
-- Count what is disputed of a payment, and what is lost, by so much more or less.
UPDATE payment
   SET disputed_minor = disputed_minor + %(disputed_minor)s,
       dispute_lost_minor = dispute_lost_minor + %(lost_minor)s
 WHERE bucket = %(bucket)s AND id = %(id)s

-- name: read_room
-- How much of a payment neither refunds nor disputes have, or are to have.
SELECT p.captured_minor - p.refunded_minor - p.refunding_minor - p.disputed_minor
       - p.dispute_lost_minor AS room_minor
  FROM payment AS p
 WHERE p.bucket = %(bucket)s AND p.id = %(id)s

-- name: read_moves
-- What facts moved of the money of the payments of some attempts.
SELECT a.id AS attempt_id, f.taken_minor, f.given_minor
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN attempt AS a ON a.id = n.id AND a.bucket = n.bucket
  JOIN dispute AS d ON d.payment_id = a.payment_id AND d.bucket = a.bucket
  JOIN dispute_fact AS f ON f.dispute_id = d.id AND f.bucket = d.bucket
 WHERE f.taken_minor > 0 OR f.given_minor > 0

-- name: stop_machine
-- Let no machine charge what an attempt charged any more, at any account; its payer may.
UPDATE instrument AS i
   SET mit_stopped_at = %(now)s
  FROM attempt AS a
  JOIN instrument AS o
    ON o.psp_account = a.psp_account AND o.psp_token = a.psp_token AND o.bucket = a.bucket
 WHERE a.bucket = %(bucket)s AND a.id = %(id)s
   AND i.payment_method_id = o.payment_method_id AND i.bucket = a.bucket
   AND i.mit_stopped_at IS NULL

-- name: count_recollections
-- How often an invoice was collected anew, whatever came of it.
SELECT count(*)::integer AS times
  FROM payment AS p
 WHERE p.bucket = %(bucket)s AND p.invoice_id = %(invoice_id)s
   AND p.state IN ('processing', 'succeeded', 'failed', 'canceled')
   AND p.purpose LIKE 'recollect:%%'

-- name: add_draws
-- Keep what disputes take of lots of credit, or give back.
COPY dispute_draw ({DisputeDrawRow}) FROM STDIN (FORMAT BINARY)

-- name: read_draws
-- What a dispute has of each lot of credit.
SELECT d.lot_id, sum(d.amount_minor)::bigint AS amount_minor
  FROM dispute_draw AS d
 WHERE d.bucket = %(bucket)s AND d.dispute_id = %(dispute_id)s
 GROUP BY d.lot_id
HAVING sum(d.amount_minor) > 0
 ORDER BY d.lot_id
 LIMIT 1000

-- name: read_policies
-- What follows when a dispute is lost, where it was set.
SELECT {DisputePolicyRow:p}
  FROM dispute_policy AS p
 ORDER BY p.kind
 LIMIT 10

-- name: put_policy
-- Set what follows when a dispute of a kind is lost, from now on.
INSERT INTO dispute_policy (kind, when_lost, set_at)
VALUES (%(kind)s, %(when_lost)s, %(now)s)
    ON CONFLICT ON CONSTRAINT dispute_policy_pk
    DO UPDATE SET when_lost = excluded.when_lost, set_at = excluded.set_at

-- name: read_due
-- Disputes that wait for an answer whose time comes near, or is over with the amount taken, the
-- most pressing first.
SELECT {DueDisputeRow:d}
  FROM dispute AS d
 WHERE d.due_by <= %(until)s AND d.state IN ('warning', 'needs_response')
   AND (d.state = 'needs_response' OR d.due_by > %(now)s)
 ORDER BY d.due_by, d.id
 LIMIT %(limit)s

-- name: take_refunded_back
-- Count less of a payment as refunded: what was given back came back.
UPDATE payment
   SET refunded_minor = refunded_minor - %(amount_minor)s
 WHERE bucket = %(bucket)s AND id = %(id)s

-- name: freeze_refunds
-- Put off refunds that were never sent, while what they would give back is disputed or went back by
-- a dispute already. Where no dispute is open any more, one was lost: it has what they would give.
-- What was taken back of a charge that never paid has nothing of it.
UPDATE refund AS r
   SET resolve_at = %(until)s
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 WHERE r.id = n.id AND r.bucket = n.bucket AND r.state = 'requested'
   AND EXISTS (SELECT FROM dispute AS d
                WHERE d.payment_id = r.payment_id AND d.bucket = r.bucket
                  AND (d.state IN ('needs_response', 'under_review', 'expired')
                       OR d.over_minor > 0 AND EXISTS (
                          SELECT FROM payment AS p
                            JOIN attempt AS a
                              ON a.id = p.settled_attempt_id AND a.bucket = p.bucket
                           WHERE p.id = d.payment_id AND p.bucket = d.bucket
                             AND d.attempt_id IN (a.id, a.adopted_from))))
RETURNING r.id,
          NOT EXISTS (SELECT FROM dispute AS o
                       WHERE o.payment_id = r.payment_id AND o.bucket = r.bucket
                         AND o.state IN ('needs_response', 'under_review', 'expired')) AS is_lost

-- name: read_nameless
-- Disputes at an account that hold or lost money and that only files have told of.
SELECT d.id, d.attempt_id, d.amount_minor
  FROM dispute AS d
 WHERE d.psp_account = %(psp_account)s AND d.psp_ref IS NULL
   AND d.state IN ('needs_response', 'lost')
 ORDER BY d.id
 LIMIT %(limit)s

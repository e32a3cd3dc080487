-- name: mark_tried_by_payer
-- Count a try of the payer; the calendar rests while its attempt is live.
UPDATE payment
   SET tries = tries + 1, payer_tries = payer_tries + 1, next_try_at = NULL, awaits_payer = false,
       withheld_for = NULL
 WHERE bucket = %(bucket)s AND id = %(id)s AND tries = %(tries)s

-- name: count_payer_tries
-- How often the payer tried a payment since an instant.
SELECT count(*)::integer AS tries
  FROM attempt AS a
 WHERE a.bucket = %(bucket)s AND a.payment_id = %(payment_id)s AND a.initiator = 'customer'
   AND a.sent_at > %(since)s

-- name: mark_acting
-- Payers are asked to act before anything is executed.
UPDATE attempt AS a
   SET state = 'requires_action', state_before = a.state, state_event = 'action_asked',
       unknown_since = NULL, resolve_at = n.resolve_at, psp_ref = coalesce(n.psp_ref, a.psp_ref),
       action_sealed = n.action_sealed, action_expires_at = n.action_expires_at
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state)s::text[],
              %(resolve_at)s::timestamptz[], %(psp_ref)s::text[], %(action_sealed)s::bytea[],
              %(action_expires_at)s::timestamptz[])
       AS n ({ActingRow})
 WHERE a.bucket = n.bucket AND a.id = n.id AND a.state = n.state

-- name: mark_back
-- Payers are back: what they brought is sent.
UPDATE attempt AS a
   SET state = 'sent', state_before = a.state, state_event = 'sent', resolve_at = n.resolve_at,
       psp_ref = coalesce(n.psp_ref, a.psp_ref), action_sealed = NULL, action_expires_at = NULL
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state)s::text[],
              %(resolve_at)s::timestamptz[], %(psp_ref)s::text[])
       AS n ({LookRow})
 WHERE a.bucket = n.bucket AND a.id = n.id AND a.state = n.state

-- name: look_later
-- Look later at attempts whose payers are asked to act.
UPDATE attempt AS a
   SET resolve_at = n.resolve_at, psp_ref = coalesce(n.psp_ref, a.psp_ref)
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state)s::text[],
              %(resolve_at)s::timestamptz[], %(psp_ref)s::text[])
       AS n ({LookRow})
 WHERE a.bucket = n.bucket AND a.id = n.id AND a.state = n.state

-- name: look_now
-- Have a live attempt looked at without delay.
UPDATE attempt
   SET resolve_at = %(now)s
 WHERE id = %(id)s AND bucket = %(bucket)s AND resolve_at > %(now)s

-- name: add_authentications
-- Keep how issuers authenticated payers.
COPY attempt_authentication ({AuthenticationRow}) FROM STDIN (FORMAT BINARY)

-- name: count_events
-- Count one more event of each of some payments.
UPDATE payment AS p
   SET event_seq = p.event_seq + 1
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[]) AS n ({CountedRow})
 WHERE p.bucket = n.bucket AND p.id = n.id

-- name: use_method
-- Let a method pay all that a subscription owes; what was refused or waits for the payer at once.
UPDATE payment
   SET payment_method_id = %(payment_method_id)s, awaits_payer = false, withheld_for = NULL,
       next_try_at = CASE WHEN awaits_payer OR tries > 0 THEN %(now)s ELSE next_try_at END
 WHERE bucket = %(bucket)s AND subscription_id = %(subscription_id)s AND state = 'processing'
   AND next_try_at IS NOT NULL

-- name: hasten
-- Let all that is still collected of a subscription be looked at now.
UPDATE payment
   SET next_try_at = %(now)s
 WHERE bucket = %(bucket)s AND subscription_id = %(subscription_id)s AND state = 'processing'
   AND next_try_at > %(now)s

-- name: read_method_use
-- Which payments still rest on a payment method: to be collected, or being tried.
SELECT p.id AS payment_id
  FROM payment AS p
 WHERE p.bucket = %(bucket)s AND p.next_try_at IS NOT NULL
   AND p.payment_method_id = %(payment_method_id)s
 UNION ALL
SELECT a.payment_id
  FROM attempt AS a
  JOIN instrument AS i ON i.psp_account = a.psp_account AND i.psp_token = a.psp_token
                      AND i.bucket = a.bucket
 WHERE a.bucket = %(bucket)s AND a.resolve_at IS NOT NULL
   AND i.payment_method_id = %(payment_method_id)s
 ORDER BY payment_id
 LIMIT 20

-- name: read_tokens
-- All that a payment method is or was charged by.
SELECT i.psp_account, i.psp_token
  FROM instrument AS i
 WHERE i.payment_method_id = %(payment_method_id)s AND i.bucket = %(bucket)s
 ORDER BY i.no, i.psp_account, i.psp_token

-- name: detach_instruments
-- Delete what a payment method is charged by; what it paid, and its last digits, stay.
WITH told AS (
     DELETE FROM card_notice AS n
      WHERE n.payment_method_id = %(payment_method_id)s AND n.bucket = %(bucket)s)
DELETE FROM instrument AS i
 WHERE i.payment_method_id = %(payment_method_id)s AND i.bucket = %(bucket)s

-- name: lock_kept_payments
-- locks: payment
-- Lock the payments of some invoices that have money left, which an account of ours can give back.
SELECT p.bucket, p.id, p.invoice_id, p.seller_code, p.currency,
       p.captured_minor - p.refunded_minor - p.refunding_minor - p.dispute_lost_minor AS kept_minor
  FROM payment AS p
 WHERE p.invoice_id = ANY(%(invoice_ids)s::uuid[]) AND p.bucket = %(bucket)s
   AND p.state = 'succeeded' AND p.disputed_minor = 0
   AND p.captured_minor > p.refunded_minor + p.refunding_minor + p.dispute_lost_minor
   AND EXISTS (SELECT FROM attempt AS a
                 JOIN psp_account AS c ON c.code = a.psp_account
                WHERE a.payment_id = p.id AND a.bucket = p.bucket AND a.state = 'succeeded')
 ORDER BY p.bucket, p.id
   FOR NO KEY UPDATE OF p

-- name: add_draws
-- Keep what refunds of credit take of its lots.
COPY refund_draw ({RefundDrawRow}) FROM STDIN (FORMAT BINARY)

-- name: read_draws
-- What a refund of credit took of its lots.
SELECT {RefundDrawRow:d}
  FROM refund_draw AS d
 WHERE d.refund_id = %(refund_id)s AND d.bucket = %(bucket)s
 ORDER BY d.lot_id
 LIMIT 1000

-- name: read_payout
-- The refunds of a pay-out.
SELECT DISTINCT d.refund_id
  FROM refund_draw AS d
 WHERE d.payout_id = %(payout_id)s AND d.bucket = %(bucket)s
 ORDER BY d.refund_id
 LIMIT 1000

-- name: read_trying
-- Which of some subscriptions have an attempt that may still bring money, but for some: one probe
-- a bucket.
SELECT p.subscription_id
  FROM unnest(%(buckets)s::smallint[], %(subscription_ids)s::uuid[]) AS n (bucket, subscription_id)
 CROSS JOIN LATERAL (
       SELECT y.subscription_id
         FROM attempt AS a
         JOIN payment AS y ON y.id = a.payment_id AND y.bucket = a.bucket
        WHERE a.bucket = n.bucket AND a.resolve_at IS NOT NULL
          AND y.subscription_id = n.subscription_id AND a.id <> ALL(%(but_for)s::uuid[])
        LIMIT 1) AS p

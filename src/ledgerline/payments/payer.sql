-- name: mark_tried_by_payer
-- Count a try of the payer; the calendar rests while its attempt is live.
UPDATE payment
   SET tries = tries + 1, payer_tries = payer_tries + 1, next_try_at = NULL, awaits_payer = false
 WHERE bucket = %(bucket)s AND id = %(id)s AND tries = %(tries)s

-- name: count_payer_tries
-- How often the payer tried a payment since an instant.
SELECT count(*)::integer AS tries
  FROM attempt AS a
 WHERE a.bucket = %(bucket)s AND a.payment_id = %(payment_id)s AND a.initiator = 'customer'
   AND a.sent_at > %(since)s

-- name: use_method
-- Let a method pay all that a subscription owes; what was refused or waits for the payer at once.
UPDATE payment
   SET payment_method_id = %(payment_method_id)s, awaits_payer = false,
       next_try_at = CASE WHEN awaits_payer OR tries > 0 THEN %(now)s ELSE next_try_at END
 WHERE bucket = %(bucket)s AND subscription_id = %(subscription_id)s AND state = 'processing'
   AND next_try_at IS NOT NULL

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

-- name: detach_instruments
-- Delete what a payment method is charged by; what it paid, and its last digits, stay.
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

-- name: add_purchase
-- Insert a purchase.
INSERT INTO purchase (bucket, id, customer_id, subscription_id, invoice_id, payment_id,
                      checkout_session_id, checkout_try, state, state_before, state_event, created_at)
VALUES (%(bucket)s, %(id)s, %(customer_id)s, %(subscription_id)s, %(invoice_id)s, %(payment_id)s,
        %(checkout_session_id)s, %(checkout_try)s, 'processing', '-', 'created', %(created_at)s)

-- name: step
-- Move the purchases of some subscriptions along their state table.
UPDATE purchase AS p
   SET state_before = n.state_before, state_event = n.state_event, state = n.state
  FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[], %(state_before)s::text[],
              %(state_event)s::text[], %(state)s::text[])
       AS n ({PurchaseStepRow})
 WHERE p.bucket = n.bucket AND p.subscription_id = n.subscription_id
   AND p.state = n.state_before

-- name: find_purchase
-- What a purchase belongs to; unlocked, to know what to lock.
SELECT {FoundPurchaseRow:p}
  FROM purchase AS p
 WHERE p.bucket = %(bucket)s AND p.id = %(id)s

-- name: add_checkout
-- Insert a checkout session.
INSERT INTO checkout_session ({CheckoutRow})
VALUES (%(bucket)s, %(id)s, %(customer_id)s, %(plan_code)s, %(quantity)s, %(add_ons)s,
        %(coupon_code)s, %(with_trial)s, %(return_url)s, %(created_at)s, %(expires_at)s,
        %(closed_at)s)

-- name: lock_checkout
-- One checkout session, locked: whoever buys by it or closes it comes one after the other.
SELECT {CheckoutRow}
  FROM checkout_session
 WHERE bucket = %(bucket)s AND id = %(id)s
   FOR UPDATE

-- name: close_checkout
-- Close a checkout session that is open.
UPDATE checkout_session
   SET closed_at = %(now)s
 WHERE bucket = %(bucket)s AND id = %(id)s AND closed_at IS NULL

-- name: revise_checkout
-- Keep what the buyer changed of an order that waits.
UPDATE checkout_session
   SET coupon_code = %(coupon_code)s, add_ons = %(add_ons)s
 WHERE bucket = %(bucket)s AND id = %(id)s

-- name: count_coupon_try
-- Count one more coupon code that is typed at a session.
UPDATE checkout_session SET coupon_tries = coupon_tries + 1
 WHERE bucket = %(bucket)s AND id = %(id)s

-- name: read_coupon_tries
-- How many coupon codes were typed at one session of a customer, and at all since an instant.
SELECT coalesce(sum(c.coupon_tries) FILTER (WHERE c.id = %(id)s), 0)::integer AS of_session,
       coalesce(sum(c.coupon_tries), 0)::integer AS of_customer
  FROM checkout_session AS c
 WHERE c.customer_id = %(customer_id)s AND c.bucket = %(bucket)s AND c.created_at > %(since)s

-- name: bought_by_checkout
-- The purchase of a checkout session that has not failed.
SELECT {FoundPurchaseRow:p}
  FROM purchase AS p
 WHERE p.bucket = %(bucket)s AND p.checkout_session_id = %(id)s AND p.state <> 'failed'

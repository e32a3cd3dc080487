-- name: purchase
-- One purchase with everything a caller asks next: what it costs, what became of the payment. The
-- first item of its subscription is what was bought.
SELECT {PurchaseView:p - currency tax_minor total_minor credit_used_minor subscription_state plan_code quantity zone billed_through next_bill_at ends_on parked ended_at through attempt_state category psp_code psp_account attempt_id action_sealed action_expires_at},
       i.currency, i.tax_minor, i.total_minor,
       (SELECT coalesce(sum(c.amount_minor), 0)::bigint FROM allocation AS c
         WHERE c.invoice_id = i.id AND c.bucket = i.bucket AND c.source_kind = 'credit')
       AS credit_used_minor,
       s.state AS subscription_state, b.plan_code, b.quantity, s.zone, s.billed_through,
       s.next_bill_at, s.ends_on, s.parked, s.ended_at,
       (SELECT max(l.period_end) FROM invoice_line AS l
         WHERE l.invoice_id = p.invoice_id AND l.bucket = p.bucket) AS through,
       a.state AS attempt_state, a.category, a.psp_code, a.psp_account, a.id AS attempt_id,
       a.action_sealed, a.action_expires_at
  FROM purchase AS p
  JOIN invoice AS i ON i.bucket = p.bucket AND i.id = p.invoice_id
  JOIN subscription AS s ON s.bucket = p.bucket AND s.id = p.subscription_id
  JOIN subscription_item AS b
    ON b.subscription_id = s.id AND b.bucket = s.bucket AND b.no = 1
  LEFT JOIN LATERAL (
       SELECT t.id, t.state, t.category, t.psp_code, t.psp_account, t.action_sealed,
              t.action_expires_at
         FROM attempt AS t
        WHERE t.bucket = p.bucket AND t.payment_id = p.payment_id
        ORDER BY t.ordinal DESC
        LIMIT 1) AS a ON true
 WHERE p.bucket = %(bucket)s AND p.id = %(id)s

-- name: checkout
-- A checkout session and what its last purchase has come to: nothing else says where it stands.
SELECT {CheckoutView:c - failed purchase_id purchase_state payment_id attempt_id attempt_state is_held category psp_account action_sealed action_expires_at},
       (SELECT count(*) FROM purchase AS f
         WHERE f.bucket = c.bucket AND f.checkout_session_id = c.id AND f.state = 'failed')
       AS failed,
       p.id AS purchase_id, p.state AS purchase_state, p.payment_id, a.id AS attempt_id,
       a.state AS attempt_state, coalesce(a.is_held, false) AS is_held, a.category, a.psp_account,
       a.action_sealed, a.action_expires_at
  FROM checkout_session AS c
  LEFT JOIN LATERAL (
       SELECT b.id, b.state, b.payment_id
         FROM purchase AS b
        WHERE b.bucket = c.bucket AND b.checkout_session_id = c.id
        ORDER BY b.checkout_try DESC
        LIMIT 1) AS p ON true
  LEFT JOIN LATERAL (
       SELECT t.id, t.state, t.psp_ref IS NOT NULL AS is_held, t.category, t.psp_account,
              t.action_sealed, t.action_expires_at
         FROM attempt AS t
        WHERE t.bucket = c.bucket AND t.payment_id = p.payment_id
        ORDER BY t.ordinal DESC
        LIMIT 1) AS a ON true
 WHERE c.bucket = %(bucket)s AND c.id = %(id)s

-- name: tried_methods
-- By which payment methods a checkout session was ordered, whatever came of it.
SELECT DISTINCT s.payment_method_id
  FROM purchase AS p
  JOIN subscription AS s ON s.bucket = p.bucket AND s.id = p.subscription_id
 WHERE p.bucket = %(bucket)s AND p.checkout_session_id = %(id)s
 LIMIT 1000

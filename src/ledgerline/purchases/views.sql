-- name: purchase
-- One purchase with everything a caller asks next: what it costs, what became of the payment.
SELECT {PurchaseView:p - currency tax_minor total_minor credit_used_minor subscription_state plan_code quantity zone billed_through next_bill_at attempt_state category psp_code psp_account},
       i.currency, i.tax_minor, i.total_minor, i.credit_used_minor, s.state AS subscription_state,
       s.plan_code, s.quantity, s.zone, s.billed_through, s.next_bill_at, a.state AS attempt_state,
       a.category, a.psp_code, a.psp_account
  FROM purchase AS p
  JOIN invoice AS i ON i.bucket = p.bucket AND i.id = p.invoice_id
  JOIN subscription AS s ON s.bucket = p.bucket AND s.id = p.subscription_id
  LEFT JOIN LATERAL (
       SELECT t.state, t.category, t.psp_code, t.psp_account
         FROM attempt AS t
        WHERE t.bucket = p.bucket AND t.payment_id = p.payment_id
        ORDER BY t.ordinal DESC
        LIMIT 1) AS a ON true
 WHERE p.bucket = %(bucket)s AND p.id = %(id)s

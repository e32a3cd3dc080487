-- name: subscription
-- One subscription with its price and the start of the period that is billed last.
SELECT s.bucket, s.id, s.customer_id, s.market_code, s.currency, s.zone, s.family, s.state,
       s.item_id, s.plan_code, l.name AS plan_name, s.price_id, p.amount_minor AS unit_minor,
       p.tax_behavior, s.quantity, s.cadence_count, s.cadence_unit,
       (SELECT max(n.period_start) FROM invoice_line AS n
         WHERE n.bucket = s.bucket AND n.item_id = s.item_id) AS period_start,
       s.billed_through, s.next_bill_at, s.ends_on, s.pending_plan_code, s.coupon_code,
       s.payment_method_id, s.parked, s.created_at, s.ended_at
  FROM subscription AS s
  JOIN price AS p ON p.id = s.price_id
  JOIN plan AS l ON l.code = s.plan_code
 WHERE s.bucket = %(bucket)s AND s.id = %(id)s

-- name: subscriptions
-- A page of subscriptions, newest first.
SELECT s.bucket, s.id, s.customer_id, s.market_code, s.currency, s.zone, s.family, s.state,
       s.item_id, s.plan_code, l.name AS plan_name, s.price_id, p.amount_minor AS unit_minor,
       p.tax_behavior, s.quantity, s.cadence_count, s.cadence_unit,
       (SELECT max(n.period_start) FROM invoice_line AS n
         WHERE n.bucket = s.bucket AND n.item_id = s.item_id) AS period_start,
       s.billed_through, s.next_bill_at, s.ends_on, s.pending_plan_code, s.coupon_code,
       s.payment_method_id, s.parked, s.created_at, s.ended_at
  FROM subscription AS s
  JOIN price AS p ON p.id = s.price_id
  JOIN plan AS l ON l.code = s.plan_code
 WHERE (s.created_at, s.id) < (%(before)s::timestamptz, %(before_id)s::uuid)
   AND (%(bucket)s::smallint IS NULL OR s.bucket = %(bucket)s)
   AND (%(customer_id)s::uuid IS NULL OR s.customer_id = %(customer_id)s)
   AND (%(states)s::text[] IS NULL OR s.state = ANY(%(states)s))
 ORDER BY s.created_at DESC, s.id DESC
 LIMIT %(limit)s

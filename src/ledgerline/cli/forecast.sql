-- name: groups
-- Due subscriptions whose bill will be the same, with one of them to price.
SELECT (array_agg(s.bucket))[1] AS bucket, (array_agg(s.id))[1] AS id,
       (array_agg(s.customer_id))[1] AS customer_id, s.seller_code, s.market_code, s.currency, s.zone,
       s.family, min(s.state) AS state, (array_agg(s.item_id))[1] AS item_id, s.plan_code, s.price_id,
       s.quantity, s.grid_origin, s.grid_day, s.cadence_count, s.cadence_unit, s.billed_through,
       min(s.next_bill_at) AS next_bill_at, s.ends_on, s.pending_plan_code, s.pending_price_id,
       s.coupon_code, s.coupon_periods_left, (array_agg(s.payment_method_id))[1] AS payment_method_id,
       0 AS log_seq, 0 AS event_seq, 0 AS version, NULL::text AS parked,
       count(*) AS subscriptions
  FROM subscription AS s
 WHERE s.next_bill_at <= %(until)s AND s.parked IS NULL
   AND (%(market)s::text IS NULL OR s.market_code = %(market)s)
 GROUP BY s.seller_code, s.market_code, s.currency, s.zone, s.family, s.plan_code, s.price_id,
          s.quantity, s.grid_origin, s.grid_day, s.cadence_count, s.cadence_unit, s.billed_through,
          s.ends_on, s.pending_plan_code, s.pending_price_id, s.coupon_code, s.coupon_periods_left

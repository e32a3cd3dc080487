-- name: subscription
-- One subscription with its price and the start of the period that is billed last: it is looked for
-- in the customer's invoices of as many months as a period can have, or a trial unless it is over.
SELECT s.bucket, s.id, s.customer_id, s.market_code, s.currency, s.zone, s.family, s.state,
       s.item_id, s.plan_code, l.name AS plan_name, s.price_id, p.unit_num / p.unit_den AS unit_minor,
       p.tax_behavior, s.quantity, s.cadence_count, s.cadence_unit,
       n.period_start,
       s.billed_through, s.next_bill_at, s.ends_on, s.pending_plan_code, s.coupon_code,
       s.payment_method_id, s.customer_version, s.metadata::text AS metadata, s.external_id,
       s.version, s.parked, s.created_at, s.ended_at
  FROM subscription AS s
  JOIN price AS p ON p.id = s.price_id
  JOIN plan AS l ON l.code = s.plan_code
  LEFT JOIN LATERAL (
       SELECT max(v.period_start) AS period_start
         FROM invoice AS i
         JOIN invoice_line AS v
           ON v.bucket = i.bucket AND v.invoice_id = i.id AND v.item_id = s.item_id
        WHERE (i.issued_on - DATE '2000-01-01') >> 5 = ANY(ARRAY(
              SELECT generate_series(
                  (s.billed_through - DATE '2000-01-01' - greatest(
                       CASE WHEN s.state IN ('active', 'past_due') THEN 2 ELSE 368 END,
                       s.cadence_count * CASE s.cadence_unit WHEN 'year' THEN 366 ELSE 31 END + 2)
                  ) >> 5,
                  (s.billed_through - DATE '2000-01-01' + 64) >> 5)))
          AND i.bucket = s.bucket AND i.customer_id = s.customer_id
          AND i.subscription_id = s.id) AS n ON true
 WHERE s.bucket = %(bucket)s AND s.id = %(id)s

-- name: subscriptions
-- A page of subscriptions, newest first. One state is said as such, so that its index gives the
-- order; those of a customer are read with all live states, or with those of ended ones.
SELECT s.bucket, s.id, s.customer_id, s.market_code, s.currency, s.zone, s.family, s.state,
       s.item_id, s.plan_code, l.name AS plan_name, s.price_id, p.unit_num / p.unit_den AS unit_minor,
       p.tax_behavior, s.quantity, s.cadence_count, s.cadence_unit,
       n.period_start,
       s.billed_through, s.next_bill_at, s.ends_on, s.pending_plan_code, s.coupon_code,
       s.payment_method_id, s.customer_version, s.metadata::text AS metadata, s.external_id,
       s.version, s.parked, s.created_at, s.ended_at
  FROM subscription AS s
  JOIN price AS p ON p.id = s.price_id
  JOIN plan AS l ON l.code = s.plan_code
  LEFT JOIN LATERAL (
       SELECT max(v.period_start) AS period_start
         FROM invoice AS i
         JOIN invoice_line AS v
           ON v.bucket = i.bucket AND v.invoice_id = i.id AND v.item_id = s.item_id
        WHERE (i.issued_on - DATE '2000-01-01') >> 5 = ANY(ARRAY(
              SELECT generate_series(
                  (s.billed_through - DATE '2000-01-01' - greatest(
                       CASE WHEN s.state IN ('active', 'past_due') THEN 2 ELSE 368 END,
                       s.cadence_count * CASE s.cadence_unit WHEN 'year' THEN 366 ELSE 31 END + 2)
                  ) >> 5,
                  (s.billed_through - DATE '2000-01-01' + 64) >> 5)))
          AND i.bucket = s.bucket AND i.customer_id = s.customer_id
          AND i.subscription_id = s.id) AS n ON true
 WHERE s.id < %(before)s
   AND (%(bucket)s::smallint IS NULL OR s.bucket = %(bucket)s)
   AND (%(customer_id)s::uuid IS NULL OR s.customer_id = %(customer_id)s)
   AND (%(states)s::text[] IS NULL OR s.state = ANY(%(states)s))
   AND (cardinality(%(states)s) IS DISTINCT FROM 1 OR s.state = (%(states)s)[1])
 ORDER BY s.id DESC
 LIMIT %(limit)s

-- name: agreements
-- The texts that the payer of a subscription accepted, oldest first.
SELECT {AgreementView:a - has_ip}, a.ip_hash IS NOT NULL AS has_ip
  FROM agreement AS a
 WHERE a.subscription_id = %(subscription_id)s AND a.bucket = %(bucket)s
 ORDER BY a.accepted_at, a.kind, a.text_version
 LIMIT 1000

-- name: owner
-- Whose a subscription is.
SELECT s.customer_id FROM subscription AS s WHERE s.bucket = %(bucket)s AND s.id = %(id)s

-- name: read_plans
-- The newest revision of the retry plans of some payments; most have none.
SELECT r.bucket, r.payment_id, r.revision, r.attempt_id, r.payment_method_id, r.market_code,
       r.policy_version, r.tries_max, r.tries, r.category, r.advice, r.network_advice,
       r.not_before, r.slots::text AS slots, r.track, r.next_at, r.ends_at, r.began_at,
       r.planned_at, r.decision_id
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 CROSS JOIN LATERAL (
       SELECT y.*
         FROM retry_plan AS y
        WHERE y.payment_id = n.id AND y.bucket = n.bucket
        ORDER BY y.revision DESC
        LIMIT 1) AS r

-- name: read_brands
-- By what some payments are paid.
SELECT p.id AS payment_id, m.brand
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN payment AS p ON p.id = n.id AND p.bucket = n.bucket
  JOIN payment_method AS m ON m.id = p.payment_method_id AND m.bucket = p.bucket

-- name: add_plans
-- Write the next revisions of retry plans.
COPY retry_plan ({PlanRow})
  FROM STDIN (FORMAT BINARY)

-- name: ask_now
-- The payer asks for a try of what a subscription owes and was refused, and that is due now: its
-- slots stay as they are.
INSERT INTO retry_plan (bucket, payment_id, revision, payment_method_id, market_code,
                        policy_version, tries_max, tries, not_before, slots, track, next_at,
                        ends_at, began_at, planned_at)
SELECT r.bucket, r.payment_id, r.revision + 1, r.payment_method_id, r.market_code,
       r.policy_version, r.tries_max, r.tries, NULL, r.slots, 'payer', %(now)s,
       greatest(r.ends_at, %(now)s), r.began_at, %(now)s
  FROM payment AS p
 CROSS JOIN LATERAL (
       SELECT y.*
         FROM retry_plan AS y
        WHERE y.payment_id = p.id AND y.bucket = p.bucket
        ORDER BY y.revision DESC
        LIMIT 1) AS r
 WHERE p.bucket = %(bucket)s AND p.subscription_id = %(subscription_id)s
   AND p.next_try_at = %(now)s AND NOT p.awaits_payer

-- name: subscription
-- One subscription with the item of its base plan that is in force.
SELECT {SubscriptionView:s - metadata plan_code plan_name price_id unit_num unit_den tax_behavior quantity},
       s.metadata::text AS metadata, i.plan_code, l.name AS plan_name, i.price_id, p.unit_num, p.unit_den, p.tax_behavior,
       i.quantity
  FROM subscription AS s
 CROSS JOIN LATERAL (
       SELECT b.plan_code, b.price_id, b.quantity
         FROM subscription_item AS b
        WHERE b.subscription_id = s.id AND b.bucket = s.bucket AND b.component = 'base'
          AND b.starts_on <= (%(now)s::timestamptz AT TIME ZONE s.zone)::date
          AND (b.ends_on IS NULL OR b.ends_on > b.starts_on)
        ORDER BY b.starts_on DESC, b.no DESC
        LIMIT 1) AS i
  JOIN price AS p ON p.id = i.price_id
  JOIN plan AS l ON l.code = i.plan_code
 WHERE s.bucket = %(bucket)s AND s.id = %(id)s

-- name: subscriptions
-- A page of subscriptions, newest first. One state is said as such, so that its index gives the
-- order; those of a customer are read with all live states, or with those of ended ones.
SELECT {SubscriptionView:s - metadata plan_code plan_name price_id unit_num unit_den tax_behavior quantity},
       s.metadata::text AS metadata, i.plan_code, l.name AS plan_name, i.price_id, p.unit_num, p.unit_den, p.tax_behavior,
       i.quantity
  FROM subscription AS s
 CROSS JOIN LATERAL (
       SELECT b.plan_code, b.price_id, b.quantity
         FROM subscription_item AS b
        WHERE b.subscription_id = s.id AND b.bucket = s.bucket AND b.component = 'base'
          AND b.starts_on <= (%(now)s::timestamptz AT TIME ZONE s.zone)::date
          AND (b.ends_on IS NULL OR b.ends_on > b.starts_on)
        ORDER BY b.starts_on DESC, b.no DESC
        LIMIT 1) AS i
  JOIN price AS p ON p.id = i.price_id
  JOIN plan AS l ON l.code = i.plan_code
 WHERE s.id < %(before)s
   AND (%(bucket)s::smallint IS NULL OR s.bucket = %(bucket)s)
   AND (%(customer_id)s::uuid IS NULL OR s.customer_id = %(customer_id)s)
   AND (%(states)s::text[] IS NULL OR s.state = ANY(%(states)s))
   AND (cardinality(%(states)s) IS DISTINCT FROM 1 OR s.state = (%(states)s)[1])
 ORDER BY s.id DESC
 LIMIT %(limit)s

-- name: items
-- What a subscription has or will have, without what had no day.
SELECT {ItemView:i - plan_name unit_num unit_den}, l.name AS plan_name, p.unit_num, p.unit_den
  FROM subscription_item AS i
  JOIN price AS p ON p.id = i.price_id
  JOIN plan AS l ON l.code = i.plan_code
 WHERE i.subscription_id = %(id)s AND i.bucket = %(bucket)s
   AND (i.ends_on IS NULL OR (i.ends_on > i.starts_on AND i.ends_on > %(today)s))
 ORDER BY i.starts_on, i.no
 LIMIT 1000

-- name: offers
-- What reduces a subscription, now or later.
SELECT {OfferRow:o}
  FROM subscription_offer AS o
 WHERE o.subscription_id = %(id)s AND o.bucket = %(bucket)s
   AND (o.until_on IS NULL OR o.until_on > %(today)s)
 ORDER BY o.no
 LIMIT 1000

-- name: log
-- The whole log of a subscription as it was written.
SELECT {LogRow:e - body}, e.body::text AS body
  FROM subscription_event AS e
 WHERE e.subscription_id = %(id)s AND e.bucket = %(bucket)s
 ORDER BY e.seq
 LIMIT 5000

-- name: logs
-- The whole logs of some subscriptions of one customer, one after another.
SELECT {LogRow:e - body}, e.body::text AS body
  FROM subscription_event AS e
 WHERE e.subscription_id = ANY(%(ids)s::uuid[]) AND e.bucket = %(bucket)s
 ORDER BY e.subscription_id, e.seq
 LIMIT 50000

-- name: pending_change
-- The change of a subscription that waits for its payment.
SELECT {PendingChangeRow:p - body}, p.body::text AS body
  FROM pending_change AS p
 WHERE p.subscription_id = %(id)s AND p.bucket = %(bucket)s

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

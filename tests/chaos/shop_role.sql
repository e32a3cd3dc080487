-- name: pick_customer
-- A customer without a live subscription, and a method of theirs; a new one may have a trial.
SELECT c.id, m.id::text || CASE WHEN EXISTS (SELECT FROM subscription AS b
                                              WHERE b.bucket = c.bucket AND b.customer_id = c.id)
                                THEN '' ELSE ' new' END AS other
  FROM customer AS c
  JOIN payment_method AS m ON m.bucket = c.bucket AND m.customer_id = c.id
 WHERE NOT EXISTS (SELECT FROM subscription AS s
                    WHERE s.bucket = c.bucket AND s.customer_id = c.id
                      AND s.state NOT IN ('canceled', 'expired'))
 ORDER BY hashtext(c.id::text || %(salt)s)
 LIMIT 1

-- name: pick_payment
-- A payment of which something may be given back, and how much.
SELECT p.id, (p.captured_minor - p.refunded_minor - p.refunding_minor)::text AS other
  FROM payment AS p
 WHERE p.state = 'succeeded' AND p.captured_minor > p.refunded_minor + p.refunding_minor
 ORDER BY hashtext(p.id::text || %(salt)s)
 LIMIT 1

-- name: pick_subscription
-- A subscription that may be changed.
SELECT s.id, s.family AS other
  FROM subscription AS s
 WHERE s.state IN ('active', 'trialing', 'past_due')
 ORDER BY hashtext(s.id::text || %(salt)s)
 LIMIT 1

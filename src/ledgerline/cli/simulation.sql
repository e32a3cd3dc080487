-- name: purchases
-- How some purchases ended.
SELECT p.id, p.subscription_id, p.state
  FROM purchase AS p
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON p.bucket = n.bucket AND p.id = n.id

-- name: last_payment
-- The newest captured payment of a subscription.
SELECT p.id, p.captured_minor
  FROM payment AS p
 WHERE p.bucket = %(bucket)s AND p.subscription_id = %(subscription_id)s
   AND p.state = 'succeeded' AND p.refunded_minor = 0 AND p.refunding_minor = 0
 ORDER BY p.created_at DESC, p.id DESC
 LIMIT 1

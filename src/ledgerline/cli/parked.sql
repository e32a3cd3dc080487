-- name: parked
-- What billing runs set aside, the longest first.
SELECT s.id, s.customer_id, b.reason, b.detail, b.parked_at, s.next_bill_at AS due_at
  FROM bill_parked AS b
  JOIN subscription AS s ON s.id = b.subscription_id AND s.bucket = b.bucket
 ORDER BY b.parked_at, b.subscription_id
 LIMIT 200

-- name: parked_one
-- Why one subscription was set aside.
SELECT s.id, s.customer_id, b.reason, b.detail, b.parked_at, s.next_bill_at AS due_at
  FROM bill_parked AS b
  JOIN subscription AS s ON s.id = b.subscription_id AND s.bucket = b.bucket
 WHERE b.subscription_id = %(id)s AND b.bucket = %(bucket)s

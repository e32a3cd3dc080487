-- name: customer
-- One customer with the wrapped key of the sealed fields; no key once erased.
SELECT {CustomerView:c - wrapped}, k.wrapped
  FROM customer AS c
  LEFT JOIN customer_key AS k ON k.bucket = c.bucket AND k.customer_id = c.id
 WHERE c.bucket = %(bucket)s AND c.id = %(id)s

-- name: customers
-- A page of customers, newest first.
SELECT {CustomerView:c - wrapped}, k.wrapped
  FROM customer AS c
  LEFT JOIN customer_key AS k ON k.bucket = c.bucket AND k.customer_id = c.id
 WHERE (c.created_at, c.id) < (%(before)s::timestamptz, %(before_id)s::uuid)
 ORDER BY c.created_at DESC, c.id DESC
 LIMIT %(limit)s

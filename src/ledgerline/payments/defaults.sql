-- name: read_default
-- What a customer is charged by unless something else is named.
SELECT {DefaultRow:d}
  FROM default_method AS d
 WHERE d.customer_id = %(customer_id)s AND d.bucket = %(bucket)s

-- name: put_default
-- Let a customer be charged by a method unless something else is named.
INSERT INTO default_method ({DefaultRow})
VALUES (%(bucket)s, %(customer_id)s, %(payment_method_id)s)
    ON CONFLICT ON CONSTRAINT default_method_pk
    DO UPDATE SET payment_method_id = excluded.payment_method_id

-- name: forget_default
-- Say that a customer has no such method.
DELETE FROM default_method AS d
 WHERE d.customer_id = %(customer_id)s AND d.bucket = %(bucket)s

-- name: read_other_method
-- The newest method of a customer that can be charged, but for one.
SELECT m.bucket, m.customer_id, m.id AS payment_method_id
  FROM payment_method AS m
 WHERE m.customer_id = %(customer_id)s AND m.bucket = %(bucket)s AND m.id <> %(but)s
   AND EXISTS (SELECT FROM instrument AS i
                WHERE i.payment_method_id = m.id AND i.bucket = m.bucket AND i.state = 'active')
 ORDER BY m.id DESC
 LIMIT 1

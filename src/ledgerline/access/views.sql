-- name: api_key
-- Who an API key belongs to, what it may do until when, and the keyed hash of its secret.
SELECT {ApiKeyView} FROM api_key WHERE id = %(id)s

-- name: owner
-- Whose a key is that is unique across all customers.
SELECT {OwnerView}
  FROM global_key
 WHERE lookup_bucket = %(lookup_bucket)s AND kind = %(kind)s AND key_hash = %(key_hash)s

-- name: customer_of
-- Whose something is that requests are about; an id names one thing at most.
SELECT c.id AS customer_id FROM customer AS c WHERE c.bucket = %(bucket)s AND c.id = %(id)s
 UNION ALL
SELECT s.customer_id FROM subscription AS s WHERE s.bucket = %(bucket)s AND s.id = %(id)s
 UNION ALL
SELECT p.customer_id FROM payment AS p WHERE p.bucket = %(bucket)s AND p.id = %(id)s
 UNION ALL
SELECT i.customer_id FROM invoice AS i WHERE i.bucket = %(bucket)s AND i.id = %(id)s
 UNION ALL
SELECT m.customer_id FROM payment_method AS m WHERE m.bucket = %(bucket)s AND m.id = %(id)s

-- name: schema_is_present
-- Whether the newest tables this release needs are there.
SELECT to_regclass('environment') IS NOT NULL AND to_regclass('global_key') IS NOT NULL
       AS is_present

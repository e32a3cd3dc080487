-- name: api_key
-- Who an API key belongs to, what it may do until when, and the keyed hash of its secret.
SELECT {ApiKeyView} FROM api_key WHERE id = %(id)s

-- name: owner
-- Whose a key is that is unique across all customers.
SELECT {OwnerView}
  FROM global_key
 WHERE lookup_bucket = %(lookup_bucket)s AND kind = %(kind)s AND key_hash = %(key_hash)s

-- name: wish
-- What a request made, by its idempotency key.
SELECT {WishView}
  FROM idempotency_key
 WHERE bucket = %(bucket)s AND principal = %(principal)s AND key = %(key)s

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
 UNION ALL
SELECT r.customer_id FROM refund AS r WHERE r.bucket = %(bucket)s AND r.id = %(id)s
 UNION ALL
SELECT p.customer_id
  FROM attempt AS a
  JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket
 WHERE a.bucket = %(bucket)s AND a.id = %(id)s
 UNION ALL
-- People still work on what an erasure leaves; no words of theirs are kept of it.
SELECT c.id
  FROM (SELECT x.bucket, x.subject_id
          FROM money_exception AS x
         WHERE x.bucket = %(bucket)s AND x.id = %(id)s
         UNION ALL
        SELECT e.bucket, e.subject_id
          FROM evidence_proposal AS e
         WHERE e.bucket = %(bucket)s AND e.id = %(id)s) AS s
  LEFT JOIN attempt AS t ON t.id = s.subject_id AND t.bucket = s.bucket
  LEFT JOIN refund AS f ON f.id = s.subject_id AND f.bucket = s.bucket
  JOIN payment AS q ON q.id = coalesce(t.payment_id, f.payment_id, s.subject_id)
                   AND q.bucket = s.bucket
  JOIN customer AS c ON c.id = q.customer_id AND c.bucket = q.bucket AND c.erased_at IS NULL

-- name: schema_is_present
-- Whether the newest tables this release needs are there.
SELECT to_regclass('environment') IS NOT NULL AND to_regclass('global_key') IS NOT NULL
       AS is_present

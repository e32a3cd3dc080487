-- name: api_key
-- Who an API key belongs to, what it may do until when, and the keyed hash of its secret.
SELECT {ApiKeyView} FROM api_key WHERE id = %(id)s

-- name: api_keys
-- All API keys, newest first; never their secrets.
SELECT {ListedKeyView:k} FROM api_key AS k ORDER BY k.created_at DESC, k.id LIMIT 1000

-- name: asked
-- What callers sent with an idempotency key, of the newest that are kept; what people do stands in
-- the audit log.
SELECT {AskedView:n}
  FROM (SELECT i.principal, i.key, i.status, i.customer_id, i.created_at
          FROM idempotency_key AS i
         ORDER BY i.created_at DESC
         LIMIT %(among)s) AS n
 WHERE left(n.principal, 4) <> 'per_'
   AND (%(principal)s::text IS NULL OR n.principal = %(principal)s)
 ORDER BY n.created_at DESC, n.principal, n.key
 LIMIT %(limit)s

-- name: asked_under
-- What was sent with one idempotency key, by whoever has a key of the API.
SELECT {AskedView:i}
  FROM (SELECT DISTINCT k.principal FROM api_key AS k) AS p
  JOIN idempotency_key AS i ON i.principal = p.principal
 WHERE i.key = %(key)s
 ORDER BY i.created_at DESC, i.principal
 LIMIT %(limit)s

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

-- name: people
-- Everybody who works at the console, or did.
SELECT {PersonRow:p} FROM person AS p ORDER BY p.email LIMIT 1000

-- name: colleagues
-- Everybody who works at the console or did, or one of them, with how they come in.
SELECT {PersonRow:p}, w.set_at AS password_set_at, last.started_at AS signed_in_at,
       coalesce(standing.open_sessions, 0)::integer AS open_sessions
  FROM person AS p
  LEFT JOIN person_password AS w ON w.person_id = p.id
  LEFT JOIN LATERAL (
       SELECT s.started_at
         FROM person_session AS s
        WHERE s.person_id = p.id
        ORDER BY s.started_at DESC
        LIMIT 1) AS last ON true
  LEFT JOIN LATERAL (
       SELECT count(*) AS open_sessions
         FROM person_session AS s
        WHERE s.person_id = p.id AND s.started_at > %(begun_after)s
          AND s.seen_at > %(seen_after)s AND s.ended_at IS NULL) AS standing ON true
 WHERE %(id)s::uuid IS NULL OR p.id = %(id)s
 ORDER BY p.disabled_at IS NOT NULL, p.email
 LIMIT 1000

-- name: own_limits
-- As what somebody works, once a limit that was set for that.
SELECT p.role, l.currency, l.limit_minor
  FROM person AS p
  LEFT JOIN amount_limit AS l ON l.role = p.role
 WHERE p.id = %(person_id)s AND p.disabled_at IS NULL

-- name: amount_limits
-- The limits that were set.
SELECT {AmountLimitRow:l} FROM amount_limit AS l ORDER BY l.role, l.currency

-- name: session
-- A session and whose it is.
SELECT s.id, s.person_id, p.email, p.name, p.role, p.disabled_at, s.started_at, s.seen_at,
       s.expires_at, s.ended_at, s.way
  FROM person_session AS s
  JOIN person AS p ON p.id = s.person_id
 WHERE s.secret_hash = %(secret_hash)s

-- name: sessions
-- The sessions that nobody has ended, the newest first.
SELECT s.id, s.person_id, p.email, p.name, p.role, p.disabled_at, s.started_at, s.seen_at,
       s.expires_at, s.ended_at, s.way
  FROM person_session AS s
  JOIN person AS p ON p.id = s.person_id
 WHERE s.ended_at IS NULL
 ORDER BY s.id DESC
 LIMIT 1000

-- name: audit
-- A page of what people did, the newest first.
SELECT a.id, a.actor, a.act, a.route, a.object_kind, a.object_id, a.customer_id, a.key,
       a.before::text AS before, a.after::text AS after, a.occurred_at, a.recorded_at
  FROM audit_entry AS a
 WHERE a.id < %(before)s
   AND (%(actor)s::text IS NULL OR a.actor = %(actor)s)
   AND (%(object_id)s::uuid IS NULL OR a.object_id = %(object_id)s)
   AND (%(customer_id)s::uuid IS NULL OR a.customer_id = %(customer_id)s)
 ORDER BY a.id DESC
 LIMIT %(limit)s

-- name: done
-- What somebody did that they asked for under a key.
SELECT a.act FROM audit_entry AS a WHERE a.actor = %(actor)s AND a.key = %(key)s

-- name: filters
-- What somebody saved, and what others share with those who work as they do.
SELECT {FilterRow:f}
  FROM saved_filter AS f
 WHERE f.person_id = %(person_id)s OR f.shared_with = %(role)s
 ORDER BY f.path, f.name, f.id
 LIMIT 200

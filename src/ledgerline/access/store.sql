-- name: claim_global_keys
-- Reserve keys and return who holds each of them now. A key that is taken is written as it was:
-- DO NOTHING would not return it. In the order of the key, so that two who want the same ones meet.
INSERT INTO global_key AS g ({GlobalKeyRow})
SELECT {GlobalKeyRow:n}
  FROM unnest(%(lookup_bucket)s::smallint[], %(kind)s::text[], %(key_hash)s::bytea[],
              %(bucket)s::smallint[], %(owner_id)s::uuid[])
       AS n ({GlobalKeyRow})
 ORDER BY n.lookup_bucket, n.kind, n.key_hash
    ON CONFLICT ON CONSTRAINT global_key_pk DO UPDATE SET bucket = g.bucket
RETURNING {GlobalKeyRow:g}

-- name: release_global_keys
-- Give keys back that their owners hold.
DELETE FROM global_key AS g
 USING unnest(%(lookup_bucket)s::smallint[], %(kind)s::text[], %(key_hash)s::bytea[],
              %(bucket)s::smallint[], %(owner_id)s::uuid[])
       AS n ({GlobalKeyRow})
 WHERE g.lookup_bucket = n.lookup_bucket AND g.kind = n.kind AND g.key_hash = n.key_hash
   AND g.bucket = n.bucket AND g.owner_id = n.owner_id

-- name: reserve_key
-- Insert an idempotency key, tied to what its request is about to make; nothing is returned when
-- it exists.
INSERT INTO idempotency_key (bucket, principal, key, fingerprint, state, subject_id, created_at)
VALUES (%(bucket)s, %(principal)s, %(key)s, %(fingerprint)s, 'waiting', %(subject_id)s,
        clock_timestamp())
    ON CONFLICT ON CONSTRAINT idempotency_key_pk DO NOTHING
RETURNING {KeyRow}

-- name: read_key
-- An existing idempotency key; what it is tied to never changes, so it needs no lock.
SELECT {KeyRow}
  FROM idempotency_key
 WHERE bucket = %(bucket)s AND principal = %(principal)s AND key = %(key)s

-- name: finish_key
-- Store the definitive answer.
UPDATE idempotency_key
   SET state = 'finished', status = %(status)s, body = %(body)s, customer_id = %(customer_id)s
 WHERE bucket = %(bucket)s AND principal = %(principal)s AND key = %(key)s

-- name: release_key
-- Forget a key whose request has no answer yet.
DELETE FROM idempotency_key
 WHERE bucket = %(bucket)s AND principal = %(principal)s AND key = %(key)s
   AND subject_id = %(subject_id)s AND state = 'waiting'
RETURNING {KeyRow}

-- name: keep_refusal
-- Keep the answer of a request that made nothing; a key that exists is left alone.
INSERT INTO idempotency_key (bucket, principal, key, fingerprint, state, status, body,
                             customer_id, created_at)
VALUES (%(bucket)s, %(principal)s, %(key)s, %(fingerprint)s, 'finished', %(status)s, %(body)s,
        %(customer_id)s, clock_timestamp())
    ON CONFLICT ON CONSTRAINT idempotency_key_pk DO NOTHING

-- name: add_api_key
-- Record a new API key.
INSERT INTO api_key ({NewApiKeyRow})
VALUES (%(id)s, %(principal)s, %(secret_hash)s, %(scopes)s::text[], %(expires_at)s, %(created_at)s)

-- name: revoke_api_key
-- Revoke an API key.
UPDATE api_key SET revoked_at = %(revoked_at)s WHERE id = %(id)s AND revoked_at IS NULL

-- name: hold_api_key
-- Hold an API key that was not revoked.
SELECT {ListedKeyView:k} FROM api_key AS k WHERE k.id = %(id)s AND k.revoked_at IS NULL FOR UPDATE

-- name: end_api_key
-- Let an API key end, where it would not end before.
UPDATE api_key SET expires_at = %(ends_at)s
 WHERE id = %(id)s AND (expires_at IS NULL OR expires_at > %(ends_at)s)

-- name: note_key_use
-- Keep on which day a key last opened something.
UPDATE api_key SET used_on = %(day)s WHERE id = %(id)s AND used_on IS DISTINCT FROM %(day)s

-- name: forget_answers
-- Delete what was answered about a customer; that its keys were used stays until they are old.
UPDATE idempotency_key SET body = NULL WHERE customer_id = %(customer_id)s AND body IS NOT NULL

-- name: count_old_keys
-- How many idempotency keys are older than they are kept.
SELECT count(*) AS old FROM idempotency_key WHERE created_at < %(before)s

-- name: read_old_keys
-- A batch of idempotency keys that are older than they are kept, oldest first.
SELECT {AgedKeyRow:k}
  FROM idempotency_key AS k
 WHERE k.created_at < %(before)s
 ORDER BY k.created_at
 LIMIT %(limit)s

-- name: delete_old_keys
-- Delete idempotency keys that are older than they are kept.
DELETE FROM idempotency_key AS k
 USING unnest(%(bucket)s::smallint[], %(principal)s::text[], %(key)s::text[], %(subject_id)s::uuid[])
       AS n ({AgedKeyRow})
 WHERE k.principal = n.principal AND k.key = n.key AND k.bucket = n.bucket
   AND k.subject_id IS NOT DISTINCT FROM n.subject_id AND k.created_at < %(before)s

-- name: delete_global_keys
-- Delete reservations by what they are of, whoever holds them in their bucket.
DELETE FROM global_key AS g
 USING unnest(%(lookup_bucket)s::smallint[], %(kind)s::text[], %(key_hash)s::bytea[],
              %(bucket)s::smallint[], %(owner_id)s::uuid[])
       AS n ({GlobalKeyRow})
 WHERE g.lookup_bucket = n.lookup_bucket AND g.kind = n.kind AND g.key_hash = n.key_hash
   AND g.bucket = n.bucket AND g.owner_id IS NOT DISTINCT FROM n.owner_id

-- name: add_person
-- Record somebody who may work at the console.
INSERT INTO person ({PersonRow})
VALUES (%(id)s, %(email)s, %(name)s, %(role)s, %(created_at)s, %(disabled_at)s)

-- name: lock_people
-- locks: person
-- Everybody who works at the console.
SELECT {PersonRow:p}
  FROM person AS p
 ORDER BY p.id
   FOR NO KEY UPDATE

-- name: change_person
-- Say as what a person works from now on, and whether at all.
UPDATE person SET role = %(role)s, disabled_at = %(disabled_at)s WHERE id = %(id)s

-- name: read_own_limits
-- As what somebody works, once a limit that was set for that.
SELECT p.role, l.currency, l.limit_minor
  FROM person AS p
  LEFT JOIN amount_limit AS l ON l.role = p.role
 WHERE p.id = %(person_id)s AND p.disabled_at IS NULL

-- name: read_amount_limits
-- The limits that were set.
SELECT {AmountLimitRow:l} FROM amount_limit AS l

-- name: set_amount_limit
-- Say how much a role may give back in a currency.
INSERT INTO amount_limit ({AmountLimitRow})
VALUES (%(role)s, %(currency)s, %(limit_minor)s)
    ON CONFLICT ON CONSTRAINT amount_limit_pk DO UPDATE SET limit_minor = excluded.limit_minor

-- name: add_sign_in_link
-- Record a sign-in link.
INSERT INTO sign_in_link ({SignInLinkRow})
VALUES (%(secret_hash)s, %(person_id)s, %(created_at)s, %(expires_at)s)

-- name: use_sign_in_link
-- Use a link up: once, in time, and only of somebody who still works here.
UPDATE sign_in_link AS l
   SET used_at = %(used_at)s
  FROM person AS p
 WHERE l.secret_hash = %(secret_hash)s AND l.used_at IS NULL AND l.expires_at > %(used_at)s
   AND p.id = l.person_id AND p.disabled_at IS NULL
RETURNING l.person_id

-- name: add_session
-- Begin a session.
INSERT INTO person_session ({NewSessionRow})
VALUES (%(id)s, %(secret_hash)s, %(way)s, %(link_hash)s, %(person_id)s, %(started_at)s, %(seen_at)s,
        %(expires_at)s)

-- name: see_session
-- Keep that a session is used.
UPDATE person_session
   SET seen_at = %(seen_at)s
 WHERE id = %(id)s AND ended_at IS NULL AND seen_at < %(seen_at)s AND expires_at > %(seen_at)s

-- name: end_sessions
-- End one session of a person, or all of them.
UPDATE person_session AS s
   SET ended_at = %(ended_at)s
 WHERE s.person_id = %(person_id)s AND s.ended_at IS NULL
   AND (%(id)s::uuid IS NULL OR s.id = %(id)s)
   AND (%(but)s::uuid IS NULL OR s.id <> %(but)s)
RETURNING s.id

-- name: read_last_in
-- When somebody last signed in.
SELECT s.started_at
  FROM person_session AS s
 WHERE s.person_id = %(person_id)s
 ORDER BY s.started_at DESC
 LIMIT 1

-- name: read_known
-- Somebody by their e-mail address.
SELECT p.id, p.disabled_at, w.hash
  FROM person AS p
  LEFT JOIN person_password AS w ON w.person_id = p.id
 WHERE p.email = %(email)s

-- name: put_password
-- Keep the slow hash of a password.
INSERT INTO person_password ({PasswordRow})
VALUES (%(person_id)s, %(hash)s, %(set_at)s)
    ON CONFLICT ON CONSTRAINT person_password_pk
    DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at

-- name: hash_anew
-- Keep another hash of the same password.
UPDATE person_password SET hash = %(anew)s WHERE person_id = %(person_id)s AND hash = %(was)s

-- name: forget_password
-- Forget a password.
DELETE FROM person_password WHERE person_id = %(person_id)s

-- name: read_identities
-- Whom a provider knows as a subject, and as whom it knows a person.
SELECT {IdentityRow:i}
  FROM person_identity AS i
 WHERE i.issuer = %(issuer)s AND i.subject = %(subject)s
 UNION
SELECT {IdentityRow:i}
  FROM person_identity AS i
 WHERE i.person_id = %(person_id)s AND i.issuer = %(issuer)s

-- name: add_identity
-- Keep as whom a provider knows a person.
INSERT INTO person_identity ({IdentityRow})
VALUES (%(person_id)s, %(issuer)s, %(subject)s, %(bound_at)s)

-- name: add_state
-- Keep that a browser is on its way to a provider.
INSERT INTO sign_in_state ({StateRow})
VALUES (%(state_hash)s, %(browser_hash)s, %(created_at)s, %(expires_at)s)

-- name: use_state
-- Note that a browser came back: once, in time, and the one that went.
UPDATE sign_in_state
   SET used_at = %(used_at)s
 WHERE state_hash = %(state_hash)s AND browser_hash = %(browser_hash)s AND used_at IS NULL
   AND expires_at > %(used_at)s

-- name: forget_states
-- Delete a few of those who went long ago.
DELETE FROM sign_in_state AS s
 USING (SELECT o.state_hash
          FROM sign_in_state AS o
         WHERE o.created_at < %(before)s
         ORDER BY o.created_at
         LIMIT %(limit)s) AS n
 WHERE s.state_hash = n.state_hash

-- name: save_filter
-- Keep a filter of a list.
INSERT INTO saved_filter ({FilterRow})
VALUES (%(id)s, %(person_id)s, %(path)s, %(query)s, %(name)s, %(shared_with)s, %(created_at)s)

-- name: rename_filter
-- Call a filter otherwise.
UPDATE saved_filter SET name = %(name)s WHERE id = %(id)s AND person_id = %(person_id)s

-- name: delete_filter
-- Forget a filter.
DELETE FROM saved_filter WHERE id = %(id)s AND person_id = %(person_id)s

-- name: count_try
-- Count a try, from one on where those before began long enough ago.
INSERT INTO sign_in_count AS c (key_hash, tries, began_at)
VALUES (%(key_hash)s, 1, %(now)s)
    ON CONFLICT ON CONSTRAINT sign_in_count_pk
    DO UPDATE SET tries = CASE WHEN c.began_at <= %(over)s THEN 1 ELSE c.tries + 1 END,
                  began_at = CASE WHEN c.began_at <= %(over)s THEN excluded.began_at
                                  ELSE c.began_at END
RETURNING {CountRow:c}

-- name: uncount_try
-- Take a try back that went well.
UPDATE sign_in_count SET tries = tries - 1 WHERE key_hash = %(key_hash)s AND tries > 0

-- name: keep_known
-- Keep that this went well.
UPDATE sign_in_count
   SET tries = 0, began_at = %(now)s, known_at = %(now)s
 WHERE key_hash = %(key_hash)s

-- name: forget_counts
-- Delete a few counts that began long ago.
DELETE FROM sign_in_count AS c
 USING (SELECT o.key_hash
          FROM sign_in_count AS o
         WHERE o.began_at < %(before)s
         ORDER BY o.began_at
         LIMIT %(limit)s) AS n
 WHERE c.key_hash = n.key_hash

-- name: add_audit_entry
-- Write down what somebody did.
INSERT INTO audit_entry ({AuditRow})
VALUES (%(id)s, %(actor)s, %(act)s, %(route)s, %(object_kind)s, %(object_id)s,
        %(customer_id)s, %(key)s, %(before)s::jsonb, %(after)s::jsonb, %(occurred_at)s, %(recorded_at)s)

-- name: add_portal_link
-- Record a link into the portal.
INSERT INTO portal_session ({NewPortalRow})
VALUES (%(bucket)s, %(id)s, %(customer_id)s, %(leads_to)s, %(link_hash)s, %(created_at)s,
        %(link_expires_at)s)

-- name: add_mail_links
-- Record the links of mails; a mail that is tried again keeps the link it has.
INSERT INTO portal_session ({NewPortalRow})
SELECT {NewPortalRow:n}
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(customer_id)s::uuid[], %(leads_to)s::text[],
              %(link_hash)s::bytea[], %(created_at)s::timestamptz[],
              %(link_expires_at)s::timestamptz[])
       AS n ({NewPortalRow})
    ON CONFLICT ON CONSTRAINT portal_session_pk DO NOTHING

-- name: read_portal
-- A link into the portal with its session.
SELECT {PortalRow} FROM portal_session WHERE bucket = %(bucket)s AND id = %(id)s

-- name: open_portal
-- Use a link up, which can be done once: whoever comes second changes nothing.
UPDATE portal_session
   SET cookie_hash = %(cookie_hash)s, opened_at = %(now)s, seen_at = %(now)s
 WHERE bucket = %(bucket)s AND id = %(id)s AND opened_at IS NULL AND closed_at IS NULL
   AND link_expires_at > %(now)s

-- name: see_portal
-- Note that a session was used.
UPDATE portal_session SET seen_at = greatest(seen_at, %(now)s)
 WHERE bucket = %(bucket)s AND id = %(id)s AND opened_at IS NOT NULL

-- name: close_portal
-- End a session.
UPDATE portal_session SET closed_at = %(now)s
 WHERE bucket = %(bucket)s AND id = %(id)s AND closed_at IS NULL

-- name: count_old_portals
-- How many links into the portal are older than they are kept.
SELECT count(*) AS old FROM portal_session WHERE created_at < %(before)s

-- name: delete_old_portals
-- Delete a batch of links into the portal that are older than they are kept, oldest first.
DELETE FROM portal_session AS s
 USING (SELECT o.id, o.bucket
          FROM portal_session AS o
         WHERE o.created_at < %(before)s
         ORDER BY o.created_at
         LIMIT %(limit)s) AS n
 WHERE s.id = n.id AND s.bucket = n.bucket

-- name: add_setup
-- Commit a set-up as sent, before its first byte leaves.
INSERT INTO payment_setup ({NewSetupRow})
VALUES (%(bucket)s, %(id)s, %(customer_id)s, %(psp_account)s, %(psp_token)s, %(data_sealed)s,
        %(brand)s, %(last4)s, %(currency)s, %(makes_default)s, %(state)s, %(state_before)s,
        %(state_event)s, %(sent_at)s, %(expires_at)s, %(resolve_at)s, %(looks)s,
        %(request_digest)s, %(return_url)s, %(challenge)s)

-- name: read_setup
-- One set-up; unlocked, to know what to lock.
SELECT {SetupRow:s}
  FROM payment_setup AS s
 WHERE s.id = %(id)s AND s.bucket = %(bucket)s

-- name: lock_setup
-- locks: payment_setup
-- Lock one set-up.
SELECT {SetupRow:s}
  FROM payment_setup AS s
 WHERE s.id = %(id)s AND s.bucket = %(bucket)s
   FOR NO KEY UPDATE OF s

-- name: lock_setups_of_customer
-- locks: payment_setup
-- Lock all set-ups of a customer.
SELECT {HeldSetupRow:s}
  FROM payment_setup AS s
 WHERE s.customer_id = %(customer_id)s AND s.bucket = %(bucket)s
 ORDER BY s.id
   FOR NO KEY UPDATE OF s

-- name: claim_setups
-- locks: payment_setup
-- Claim set-ups whose look is due, and set the next look, so that a dead worker loses nothing.
UPDATE payment_setup AS s
   SET resolve_at = %(next_look_at)s, looks = least(s.looks + 1, 32767)::smallint
  FROM (SELECT d.bucket, d.id
          FROM payment_setup AS d
         WHERE d.resolve_at <= %(now)s AND d.bucket >= %(bucket_from)s AND d.bucket < %(bucket_to)s
         ORDER BY d.bucket, d.resolve_at, d.id
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED) AS c
 WHERE s.bucket = c.bucket AND s.id = c.id
RETURNING {SetupRow:s}

-- name: move_setup
-- Say where a live set-up stands.
UPDATE payment_setup AS s
   SET state = %(state)s, state_before = %(state_before)s, state_event = %(state_event)s,
       resolve_at = %(resolve_at)s,
       unknown_since = CASE WHEN %(unknown_since)s::timestamptz IS NOT NULL
                            THEN coalesce(s.unknown_since, %(unknown_since)s::timestamptz) END,
       psp_ref = coalesce(%(psp_ref)s::text, s.psp_ref),
       action_sealed = %(action_sealed)s, action_expires_at = %(action_expires_at)s,
       event_seq = greatest(s.event_seq, %(event_seq)s)
 WHERE s.id = %(id)s AND s.bucket = %(bucket)s AND s.state = %(state_before)s

-- name: end_setup
-- End a set-up for good; what was kept for its call is forgotten.
UPDATE payment_setup AS s
   SET state = %(state)s, state_before = %(state_before)s, state_event = %(state_event)s,
       resolve_at = NULL, ended_at = %(ended_at)s, evidence = %(evidence)s,
       category = %(category)s, psp_code = %(psp_code)s,
       psp_ref = coalesce(%(psp_ref)s::text, s.psp_ref), return_url = NULL, data_sealed = NULL,
       action_sealed = NULL, action_expires_at = NULL, payment_method_id = %(payment_method_id)s,
       three_ds_version = %(three_ds_version)s, three_ds_challenged = %(three_ds_challenged)s,
       three_ds_status = %(three_ds_status)s, three_ds_eci = %(three_ds_eci)s,
       three_ds_transaction_id = %(three_ds_transaction_id)s,
       liability_shifted = %(liability_shifted)s, event_seq = %(event_seq)s
 WHERE s.id = %(id)s AND s.bucket = %(bucket)s AND s.state = %(state_before)s

-- name: look_at_setup
-- Say when a live set-up is looked at again.
UPDATE payment_setup AS s
   SET resolve_at = %(resolve_at)s
 WHERE s.id = %(id)s AND s.bucket = %(bucket)s AND s.resolve_at IS NOT NULL

-- name: cancel_setup
-- Nobody wants a live set-up any more: it is looked at without delay.
UPDATE payment_setup AS s
   SET canceled_at = coalesce(s.canceled_at, %(now)s), resolve_at = least(s.resolve_at, %(now)s)
 WHERE s.id = %(id)s AND s.bucket = %(bucket)s AND s.resolve_at IS NOT NULL

-- name: find_token
-- The payment method of a customer that has a token already.
SELECT i.payment_method_id
  FROM instrument AS i
  JOIN payment_method AS m ON m.id = i.payment_method_id AND m.bucket = i.bucket
 WHERE i.psp_account = %(psp_account)s AND i.psp_token = %(psp_token)s AND i.bucket = %(bucket)s
   AND m.customer_id = %(customer_id)s AND i.state = 'active'

-- name: anchor_instrument
-- Keep what a set-up told of an instrument: the first network id, proof and set-up for good.
UPDATE instrument AS i
   SET fingerprint_hash = coalesce(%(fingerprint_hash)s::bytea, i.fingerprint_hash),
       bin = coalesce(%(bin)s::text, i.bin), funding = coalesce(%(funding)s::text, i.funding),
       issuer_country = coalesce(%(issuer_country)s::text, i.issuer_country),
       expires_on = coalesce(%(expires_on)s::date, i.expires_on),
       nti_initial = coalesce(i.nti_initial, %(nti)s::text),
       nti_last = coalesce(%(nti)s::text, i.nti_last),
       sca_ref = coalesce(i.sca_ref, %(sca_ref)s::text),
       setup_id = coalesce(i.setup_id, %(setup_id)s::uuid)
 WHERE i.payment_method_id = %(payment_method_id)s AND i.bucket = %(bucket)s
   AND i.psp_account = %(psp_account)s AND i.psp_token = %(psp_token)s

-- name: give_up_setups
-- End set-ups of a customer who is erased: whatever comes of them, nothing is kept.
UPDATE payment_setup AS s
   SET state = 'not_executed', state_before = s.state, state_event = 'proven_absent',
       resolve_at = NULL, ended_at = %(now)s, evidence = 'erased', return_url = NULL,
       data_sealed = NULL
 WHERE s.id = ANY(%(ids)s::uuid[]) AND s.bucket = %(bucket)s AND s.state = 'unknown'

-- name: forget_setup_tokens
-- Take the tokens off set-ups that have ended; that they were, and how they ended, stays.
UPDATE payment_setup AS s
   SET psp_token = NULL
 WHERE s.id = ANY(%(ids)s::uuid[]) AND s.bucket = %(bucket)s AND s.psp_token IS NOT NULL
   AND s.evidence IS NOT NULL

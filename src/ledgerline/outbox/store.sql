-- name: append
-- Append events, in bulk.
COPY event ({EventRow}) FROM STDIN (FORMAT BINARY)

-- name: claim_unrelayed
-- locks: outbox
-- The lowest unrelayed event of each aggregate in a bucket range; other relays skip them. A later
-- one waits until the lower is relayed for good: the lower may be locked by a relay that will die.
SELECT {EventRow:e}
  FROM event AS e
 WHERE e.relayed_at IS NULL
   AND e.bucket >= %(bucket_from)s AND e.bucket < %(bucket_to)s
   AND e.seq = (SELECT min(p.seq)
                  FROM event AS p
                 WHERE p.bucket = e.bucket AND p.aggregate_id = e.aggregate_id
                   AND p.relayed_at IS NULL)
 ORDER BY e.bucket, e.aggregate_id, e.seq
 LIMIT %(limit)s
   FOR NO KEY UPDATE SKIP LOCKED

-- name: mark_relayed
-- Stamp relayed events; they were claimed, so nobody else has stamped them.
UPDATE event AS e
   SET relayed_at = %(relayed_at)s
  FROM unnest(%(buckets)s::smallint[], %(aggregate_ids)s::uuid[], %(seqs)s::integer[])
       AS r (bucket, aggregate_id, seq)
 WHERE e.bucket = r.bucket AND e.aggregate_id = r.aggregate_id AND e.seq = r.seq

-- name: reserve_key
-- Insert an idempotency key, tied to what its request is about to make; nothing is returned when
-- it exists.
INSERT INTO idempotency_key (bucket, principal, key, fingerprint, state, subject_id, created_at)
VALUES (%(bucket)s, %(principal)s, %(key)s, %(fingerprint)s, 'waiting', %(subject_id)s,
        %(created_at)s)
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
   SET state = 'finished', status = %(status)s, body = %(body)s
 WHERE bucket = %(bucket)s AND principal = %(principal)s AND key = %(key)s

-- name: keep_refusal
-- Keep the answer of a request that made nothing; a key that exists is left alone.
INSERT INTO idempotency_key (bucket, principal, key, fingerprint, state, status, body, created_at)
VALUES (%(bucket)s, %(principal)s, %(key)s, %(fingerprint)s, 'finished', %(status)s, %(body)s,
        %(created_at)s)
    ON CONFLICT ON CONSTRAINT idempotency_key_pk DO NOTHING

-- name: add_api_key
-- Record a new API key.
INSERT INTO api_key (id, principal, secret_hash, created_at)
VALUES (%(id)s, %(principal)s, %(secret_hash)s, %(created_at)s)

-- name: revoke_api_key
-- Revoke an API key.
UPDATE api_key SET revoked_at = %(revoked_at)s WHERE id = %(id)s AND revoked_at IS NULL

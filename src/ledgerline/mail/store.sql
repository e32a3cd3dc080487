-- name: write_mails
-- Write mails, each once: what is written already stays as it is.
INSERT INTO mail ({NewMailRow}, state, tries)
SELECT {NewMailRow:n - told due_at}, n.told::jsonb, n.due_at, 'waiting', 0
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(kind)s::text[], %(subject_id)s::uuid[],
              %(occasion)s::integer[], %(sequence)s::smallint[], %(customer_id)s::uuid[],
              %(occurred_at)s::timestamptz[], %(written_at)s::timestamptz[], %(actor)s::text[],
              %(told)s::text[], %(due_at)s::timestamptz[])
       AS n ({NewMailRow})
    ON CONFLICT DO NOTHING

-- name: claim_due
-- locks: mail
-- Mails of a bucket range that are due; another worker passes them over.
SELECT {MailRow:m - told occurred_at written_at tries}, m.told::text AS told, m.occurred_at,
       m.written_at, m.tries
  FROM mail AS m
 WHERE m.bucket >= %(bucket_from)s AND m.bucket < %(bucket_to)s AND m.due_at <= %(at)s
   AND m.state = 'waiting'
 ORDER BY m.bucket, m.due_at
 LIMIT %(limit)s
   FOR NO KEY UPDATE OF m SKIP LOCKED

-- name: lapse_sending
-- Whoever handed these over is gone and wrote down no answer: nobody knows what became of them.
UPDATE mail AS m
   SET state = 'unknown', reason = %(reason)s, due_at = NULL, ended_at = %(at)s
 WHERE m.bucket >= %(bucket_from)s AND m.bucket < %(bucket_to)s AND m.due_at <= %(at)s
   AND m.state = 'sending'

-- name: end_waiting
-- Mails that are not sent, or that the sink shows.
UPDATE mail AS m
   SET state = n.state, reason = n.reason, due_at = NULL, ended_at = %(at)s
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(state)s::text[], %(reason)s::text[])
       AS n ({EndRow})
 WHERE m.id = n.id AND m.bucket = n.bucket AND m.state = 'waiting'

-- name: postpone
-- Mails that wait on.
UPDATE mail AS m
   SET due_at = n.due_at, reason = n.reason
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(due_at)s::timestamptz[],
              %(reason)s::text[])
       AS n ({LaterRow})
 WHERE m.id = n.id AND m.bucket = n.bucket AND m.state = 'waiting'

-- name: keep_facts
-- Keep what mails say and to whom they go, and let nobody else send them for a while.
UPDATE mail AS m
   SET language = n.language, facts = n.facts::jsonb, address_sealed = n.address_sealed,
       due_at = %(until)s
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(language)s::text[], %(facts)s::text[],
              %(address_sealed)s::bytea[])
       AS n ({GatheredRow})
 WHERE m.id = n.id AND m.bucket = n.bucket AND m.state = 'waiting'

-- name: begin_sending
-- Say that a mail is handed over from now on; not one that another worker has taken meanwhile, nor
-- one whose customer was erased.
UPDATE mail
   SET state = 'sending', due_at = %(until)s, tries = tries + 1
 WHERE id = %(id)s AND bucket = %(bucket)s AND state = 'waiting' AND due_at = %(held)s

-- name: end_sending
-- Write down how handing over a mail ended.
UPDATE mail
   SET state = %(state)s, reason = %(reason)s, due_at = %(due_at)s::timestamptz,
       ended_at = CASE WHEN %(due_at)s::timestamptz IS NULL THEN %(at)s::timestamptz END
 WHERE id = %(id)s AND bucket = %(bucket)s AND state = 'sending'

-- name: block
-- Write to an address no more.
INSERT INTO mail_block ({BlockRow})
VALUES (%(bucket)s, %(customer_id)s, %(address_hash)s, %(reason)s, %(blocked_at)s)
    ON CONFLICT ON CONSTRAINT mail_block_pk DO UPDATE
   SET address_hash = excluded.address_hash, reason = excluded.reason,
       blocked_at = excluded.blocked_at

-- name: read_blocks
-- Which of some customers have an address that is not written to.
SELECT {BlockRow:b}
  FROM unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[]) AS n (bucket, customer_id)
  JOIN mail_block AS b ON b.customer_id = n.customer_id AND b.bucket = n.bucket

-- name: unblock
-- Write to a customer's address again.
DELETE FROM mail_block WHERE customer_id = %(customer_id)s AND bucket = %(bucket)s

-- name: forget_mails
-- Take address and contents from the mails of a customer; what waits is not sent.
UPDATE mail
   SET address_sealed = NULL, facts = NULL, told = NULL,
       state = CASE WHEN state = 'waiting' THEN 'skipped' ELSE state END,
       reason = CASE WHEN state = 'waiting' THEN 'erased' ELSE reason END,
       ended_at = CASE WHEN state = 'waiting' THEN %(at)s ELSE ended_at END,
       due_at = CASE WHEN state = 'waiting' THEN NULL ELSE due_at END
 WHERE ((occurred_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5
       = ANY(%(months)s::integer[])
   AND customer_id = %(customer_id)s AND bucket = %(bucket)s

-- name: lock_mail
-- locks: mail
-- A mail, to send it again.
SELECT m.bucket, m.id, m.kind, m.subject_id, m.occasion, m.customer_id, m.told::text AS told,
       m.occurred_at, m.state
  FROM mail AS m
 WHERE m.id = %(id)s AND m.bucket = %(bucket)s
   FOR NO KEY UPDATE OF m

-- name: read_last_sequence
-- How often something was sent, and where the last of them stands.
SELECT m.sequence, m.state
  FROM mail AS m
 WHERE m.subject_id = %(subject_id)s AND m.bucket = %(bucket)s AND m.kind = %(kind)s
   AND m.occasion = %(occasion)s
 ORDER BY m.sequence DESC
 LIMIT 1

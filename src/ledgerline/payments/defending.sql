-- name: add_evidence
-- Commit evidence as sent, before its first byte leaves.
INSERT INTO dispute_evidence ({NewDefenceRow})
VALUES (%(bucket)s, %(id)s, %(dispute_id)s, %(psp_account)s, %(dispute_ref)s, %(stage)s,
        %(defence)s, %(pack)s, %(pack_hash)s, %(request_digest)s, %(sent_by)s, %(state)s,
        %(state_before)s, %(state_event)s, %(looks)s, %(sent_at)s, %(resolve_at)s)

-- name: read_evidence
-- All evidence that was sent for a dispute, the newest first.
SELECT {DefenceRow:e}
  FROM dispute_evidence AS e
 WHERE e.dispute_id = %(dispute_id)s AND e.bucket = %(bucket)s
 ORDER BY e.sent_at DESC, e.id DESC
 LIMIT 100

-- name: claim_evidence
-- locks: dispute
-- Claim evidence whose look is due, and set the next look, so that a dead worker loses nothing.
UPDATE dispute_evidence AS e
   SET resolve_at = %(next_look_at)s, looks = least(e.looks + 1, 32767)::smallint
  FROM (SELECT d.bucket, d.id
          FROM dispute_evidence AS d
         WHERE d.resolve_at <= %(now)s
         ORDER BY d.resolve_at, d.id
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED) AS c
 WHERE e.bucket = c.bucket AND e.id = c.id
RETURNING {DefenceRow:e}

-- name: step_evidence
-- Say where evidence stands, under the lock of its dispute; what has ended forgets its pack.
UPDATE dispute_evidence AS e
   SET state = %(state)s, state_before = %(state_before)s, state_event = %(state_event)s,
       psp_code = coalesce(%(psp_code)s::text, e.psp_code), resolve_at = %(resolve_at)s,
       ended_at = %(ended_at)s,
       pack = CASE WHEN %(resolve_at)s::timestamptz IS NOT NULL THEN e.pack END
 WHERE e.id = %(id)s AND e.bucket = %(bucket)s AND e.state = %(state_before)s

-- name: add_instruction
-- Ask for something; one thing at a time.
INSERT INTO sandbox_instruction ({NewInstructionRow}, state)
VALUES (%(id)s, %(kind)s, %(until)s, %(psp_account)s, %(asked_by)s, %(asked_from)s, 'asked')

-- name: claim_instruction
-- Take what is asked for; what somebody began and has not told of for two minutes as well.
UPDATE sandbox_instruction AS i
   SET state = 'running', seen_at = clock_timestamp()
  FROM (SELECT n.id
          FROM sandbox_instruction AS n
         WHERE n.state IN ('asked', 'running')
           AND (n.seen_at IS NULL OR n.seen_at < clock_timestamp() - interval '2 minutes')
         ORDER BY n.id
         LIMIT 1
           FOR NO KEY UPDATE SKIP LOCKED) AS o
 WHERE i.id = o.id
RETURNING i.id, i.kind, i.until, i.psp_account

-- name: tell_progress
-- Say how far it is.
UPDATE sandbox_instruction AS i
   SET reached = %(reached)s, invoiced = %(invoiced)s, paid = %(paid)s,
       seen_at = clock_timestamp()
 WHERE i.id = %(id)s AND i.state = 'running'

-- name: end_instruction
-- Say how it ended.
UPDATE sandbox_instruction AS i
   SET state = %(state)s, said = %(said)s
 WHERE i.id = %(id)s AND i.state = 'running'

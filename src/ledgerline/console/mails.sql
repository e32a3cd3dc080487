-- name: mails
-- A page of mails, newest first, of a state and a kind, among so many of the newest before an id;
-- of a state that is rare, among all that stand there.
SELECT m.bucket, m.id, m.kind, m.customer_id, m.occurred_at, m.sequence, m.state, m.reason,
       m.tries, m.language, m.address_sealed, k.wrapped
  FROM (SELECT l.bucket, l.id, l.kind, l.customer_id, l.occurred_at, l.sequence, l.state, l.reason,
               l.tries, l.language, l.address_sealed
          FROM (SELECT x.*
                  FROM mail AS x
                 WHERE x.id < %(before)s AND (%(rare)s::text IS NULL OR x.state = %(rare)s)
                 ORDER BY x.id DESC
                 LIMIT %(looked)s) AS l
         WHERE (%(state)s::text IS NULL OR l.state = %(state)s)
           AND (%(mail_kind)s::text IS NULL OR l.kind = %(mail_kind)s)
         ORDER BY l.id DESC
         LIMIT %(limit)s) AS m
  LEFT JOIN customer_key AS k ON k.customer_id = m.customer_id AND k.bucket = m.bucket
 ORDER BY m.id DESC

-- name: looked_at
-- The last mail of those that a page looks through; none where it looks through all there are.
SELECT x.id
  FROM mail AS x
 WHERE x.id < %(before)s AND (%(rare)s::text IS NULL OR x.state = %(rare)s)
 ORDER BY x.id DESC
OFFSET %(looked)s - 1
 LIMIT 1

-- name: mails_of_customer
-- A page of a customer's mails of some months, newest first, of a state and a kind.
SELECT m.bucket, m.id, m.kind, m.customer_id, m.occurred_at, m.sequence, m.state, m.reason,
       m.tries, m.language, m.address_sealed, k.wrapped
  FROM mail AS m
  LEFT JOIN customer_key AS k ON k.customer_id = m.customer_id AND k.bucket = m.bucket
 WHERE ((m.occurred_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5
       = ANY(%(months)s::integer[])
   AND m.bucket = %(bucket)s AND m.customer_id = %(customer_id)s AND m.id < %(before)s
   AND (%(state)s::text IS NULL OR m.state = %(state)s)
   AND (%(mail_kind)s::text IS NULL OR m.kind = %(mail_kind)s)
 ORDER BY m.id DESC
 LIMIT %(limit)s

-- name: sent
-- Each time that a mail was written: by its event first, then by people who sent it again.
SELECT m.id, m.sequence, m.state, m.actor, m.written_at
  FROM mail AS m
 WHERE m.subject_id = %(subject_id)s AND m.bucket = %(bucket)s AND m.kind = %(kind)s
   AND m.occasion = %(occasion)s
 ORDER BY m.sequence
 LIMIT 100

-- name: event
-- The event that a mail tells of.
SELECT e.id, e.kind, e.seq, e.occurred_at
  FROM event AS e
 WHERE e.aggregate_id = %(subject_id)s AND e.bucket = %(bucket)s AND e.seq = %(occasion)s

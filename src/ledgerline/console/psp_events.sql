-- name: events
-- A page of what providers told us, newest first, among the newest that are kept with their body.
SELECT n.psp_account, n.event_key, n.event_type, n.state, n.reference, n.received_at, n.due_at,
       n.tries
  FROM (SELECT e.psp_account, e.event_key, e.event_type, e.state, e.reference, e.received_at,
               e.due_at, e.tries
          FROM psp_event AS e
         WHERE e.body IS NOT NULL AND e.received_at <= %(before)s
         ORDER BY e.received_at DESC
         LIMIT %(among)s) AS n
 WHERE (%(state)s::text IS NULL OR n.state = %(state)s)
   AND (%(psp_account)s::text IS NULL OR n.psp_account = %(psp_account)s)
   AND (n.received_at, n.psp_account, n.event_key)
       < (%(before)s, %(before_account)s::text, %(before_key)s::text)
 ORDER BY n.received_at DESC, n.psp_account DESC, n.event_key DESC
 LIMIT %(limit)s

-- name: waiting
-- What waits to be looked at again, the first first.
SELECT e.psp_account, e.event_key, e.event_type, e.state, e.reference, e.received_at, e.due_at,
       e.tries
  FROM psp_event AS e
 WHERE e.due_at IS NOT NULL
   AND (%(psp_account)s::text IS NULL OR e.psp_account = %(psp_account)s)
 ORDER BY e.due_at, e.psp_account, e.event_key
 LIMIT %(limit)s

-- name: event
-- One event with its masked body, for as long as that is kept.
SELECT e.psp_account, e.event_key, e.event_type, e.state, e.reference, e.received_at, e.due_at,
       e.tries, e.alarm, e.body, e.body_sha256,
       num_nonnulls(e.reference, e.dispute, e.mandate) > 0 AS is_named
  FROM psp_event AS e
 WHERE e.psp_account = %(psp_account)s AND e.event_key = %(event_key)s

-- name: accounts
-- The merchant accounts.
SELECT a.code FROM psp_account AS a ORDER BY a.code LIMIT 1000

-- name: payment_of
-- Which payment an attempt or a refund is of.
SELECT a.payment_id FROM attempt AS a WHERE a.id = %(id)s AND a.bucket = %(bucket)s
 UNION ALL
SELECT r.payment_id FROM refund AS r WHERE r.id = %(id)s AND r.bucket = %(bucket)s

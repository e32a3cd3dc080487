-- name: read_psp_event
-- A webhook, to be applied again.
SELECT e.psp_account, e.event_key, e.state, e.tries,
       num_nonnulls(e.reference, e.dispute, e.mandate) > 0 AS is_named
  FROM psp_event AS e
 WHERE e.psp_account = %(psp_account)s AND e.event_key = %(event_key)s

-- name: wake_psp_event
-- Have a webhook looked at now, unless somebody has begun to; one that was given up is followed from its beginning.
UPDATE psp_event
   SET state = 'received', due_at = %(due_at)s::timestamptz,
       tries = CASE WHEN state = 'ignored' THEN 0 ELSE tries END
 WHERE psp_account = %(psp_account)s AND event_key = %(event_key)s
   AND state IN ('parked', 'ignored')

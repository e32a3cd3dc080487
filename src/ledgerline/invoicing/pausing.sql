-- name: share_billing
-- Let whoever pauses or resumes billing wait for this batch, and this batch for them.
SELECT pg_advisory_xact_lock_shared(hashtextextended('billing', 0)) IS NOT NULL AS held

-- name: wait_longer
-- A large batch takes longer than flows are patient.
SELECT set_config('lock_timeout', '8s', true) AS lock_timeout

-- name: hold_billing
-- Wait until no batch is on its way; those that would begin wait until this transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('billing', 0)) IS NOT NULL AS held

-- name: open_pause
-- The pause that holds, if one does.
SELECT {PauseRow:p} FROM billing_pause AS p WHERE p.resumed_at IS NULL

-- name: begin_pause
-- Begin a pause, and keep how much all runs had done until then.
INSERT INTO billing_pause ({NewPauseRow}, done_before)
SELECT %(id)s, %(paused_by)s, %(reason)s, %(paused_at)s,
       (SELECT coalesce(sum(r.invoiced + r.ended + r.parked), 0)::bigint FROM bill_run AS r)

-- name: end_pause
-- End a pause, and keep how much all runs have done until now: no more than before.
UPDATE billing_pause AS p
   SET resumed_by = %(resumed_by)s, resumed_at = %(resumed_at)s,
       done_after = (SELECT coalesce(sum(r.invoiced + r.ended + r.parked), 0)::bigint
                       FROM bill_run AS r)
 WHERE p.id = %(id)s AND p.resumed_at IS NULL

-- name: parked_for
-- What billing runs set aside for a reason, the longest first.
SELECT {ParkedKeyRow:p}
  FROM bill_parked AS p
 WHERE p.reason = %(reason)s
 ORDER BY p.parked_at, p.subscription_id
 LIMIT %(limit)s

-- name: add_job
-- Record a job that was chosen.
INSERT INTO bulk_job ({NewBulkJobRow})
VALUES (%(id)s, %(kind)s, %(chosen)s, %(as_of)s, %(asked_by)s, %(asked_at)s, %(is_large)s)

-- name: add_rows
-- Record what a job is about.
INSERT INTO bulk_row ({NewBulkRow})
SELECT {NewBulkRow:n}
  FROM unnest(%(job_id)s::uuid[], %(no)s::integer[], %(subject_id)s::uuid[],
              %(customer_id)s::uuid[], %(amount_minor)s::bigint[], %(currency)s::text[],
              %(outcome)s::text[], %(reason)s::text[], %(ended_at)s::timestamptz[])
       AS n ({NewBulkRow})

-- name: lock_job
-- A job, until what is done to it is kept.
SELECT {BulkJobRow} FROM bulk_job WHERE id = %(id)s FOR NO KEY UPDATE

-- name: keep_job
-- Keep what somebody did to a job.
UPDATE bulk_job
   SET started_by = %(started_by)s, started_at = %(started_at)s, paused_at = %(paused_at)s,
       canceled_at = %(canceled_at)s
 WHERE id = %(id)s

-- name: read_next_row
-- The next row of the oldest job that runs.
SELECT r.job_id, r.no, j.kind, j.started_by, r.subject_id, r.customer_id, r.amount_minor,
       r.currency
  FROM bulk_job AS j
  JOIN bulk_row AS r ON r.job_id = j.id AND r.outcome IS NULL
 WHERE j.started_at IS NOT NULL AND j.paused_at IS NULL AND j.canceled_at IS NULL
   AND j.ended_at IS NULL
 ORDER BY j.id, r.no
 LIMIT 1

-- name: end_row
-- Keep how a row ended.
UPDATE bulk_row
   SET outcome = %(outcome)s, reason = %(reason)s, ended_at = %(ended_at)s
 WHERE job_id = %(job_id)s AND no = %(no)s AND outcome IS NULL

-- name: end_job
-- End a job that has no row left.
UPDATE bulk_job AS j
   SET ended_at = %(ended_at)s
 WHERE j.id = %(id)s AND j.canceled_at IS NULL AND j.ended_at IS NULL
   AND NOT EXISTS (SELECT FROM bulk_row AS r WHERE r.job_id = j.id AND r.outcome IS NULL)

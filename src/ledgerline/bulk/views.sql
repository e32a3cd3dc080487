-- name: jobs
-- The newest jobs.
SELECT {BulkJobRow:j} FROM bulk_job AS j ORDER BY j.id DESC LIMIT 50

-- name: job
-- A job.
SELECT {BulkJobRow} FROM bulk_job WHERE id = %(id)s

-- name: sums
-- The rows of a job by how they ended and currency.
SELECT r.outcome, r.currency, count(*)::integer AS many,
       sum(r.amount_minor)::bigint AS amount_minor
  FROM bulk_row AS r
 WHERE r.job_id = %(job_id)s
 GROUP BY r.outcome, r.currency
 ORDER BY r.outcome NULLS FIRST, r.currency

-- name: rows
-- The first rows of a job: those that ended so, or those that wait.
SELECT {BulkRowView:r}
  FROM bulk_row AS r
 WHERE r.job_id = %(job_id)s
   AND (%(outcomes)s::text[] IS NULL AND r.outcome IS NULL
        OR r.outcome = ANY (%(outcomes)s::text[]))
 ORDER BY r.no
 LIMIT %(limit)s

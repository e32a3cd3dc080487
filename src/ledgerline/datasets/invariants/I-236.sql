-- I-236: A large job was started by a second person; each row was done once, in the starter's name.
SELECT j.id, 'one person' AS what
  FROM bulk_job AS j
 WHERE lower(btrim(j.started_by)) = lower(btrim(j.asked_by))
   AND (j.is_large
        OR (SELECT count(*) FROM bulk_row AS r
             WHERE r.job_id = j.id AND r.outcome IS DISTINCT FROM 'excluded') > 500)
 UNION ALL
SELECT r.job_id, r.no::text
  FROM bulk_row AS r
  JOIN bulk_job AS j ON j.id = r.job_id
 WHERE r.outcome = 'done'
   AND NOT EXISTS (
       SELECT FROM audit_entry AS a
        WHERE a.actor = j.started_by AND a.key = 'bulk ' || j.id || ' ' || r.no
          AND a.object_id = r.subject_id)
 UNION ALL
SELECT j.id, 'ended too early'
  FROM bulk_job AS j
 WHERE j.ended_at IS NOT NULL
   AND EXISTS (SELECT FROM bulk_row AS r WHERE r.job_id = j.id AND r.outcome IS NULL)

-- I-244: What a bulk job says was refused was not done under its key.
SELECT r.job_id, r.no, a.id AS audit_entry_id
  FROM bulk_row AS r
  JOIN audit_entry AS a
    ON a.key = 'bulk ' || r.job_id || ' ' || r.no AND a.object_id = r.subject_id
 WHERE r.outcome = 'refused'

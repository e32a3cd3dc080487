-- I-205: What a person asked for, decided or approved is in the audit log under their name.
SELECT k.principal AS actor, k.key AS what
  FROM idempotency_key AS k
 WHERE left(k.principal, 4) = 'per_'
   AND NOT EXISTS (
       SELECT FROM audit_entry AS a WHERE a.actor = k.principal AND a.key = k.key)
   AND NOT EXISTS (  -- a row of a bulk job that was refused took its key, and nothing was done
       SELECT FROM bulk_row AS r
        WHERE r.subject_id = k.subject_id AND r.outcome = 'refused'
          AND 'bulk ' || r.job_id || ' ' || r.no = k.key)
 UNION ALL
SELECT x.closed_by, x.id::text
  FROM money_exception AS x
 WHERE left(x.closed_by, 4) = 'per_'
   AND NOT EXISTS (
       SELECT FROM audit_entry AS a WHERE a.object_id = x.id AND a.actor = x.closed_by)
 UNION ALL
SELECT e.ended_by, e.id::text
  FROM evidence_proposal AS e
 WHERE left(e.ended_by, 4) = 'per_'
   AND NOT EXISTS (
       SELECT FROM audit_entry AS a WHERE a.object_id = e.id AND a.actor = e.ended_by)
 UNION ALL
SELECT o.ended_by, o.id::text
  FROM refund_proposal AS o
 WHERE left(o.ended_by, 4) = 'per_'
   AND NOT EXISTS (
       SELECT FROM audit_entry AS a WHERE a.object_id = o.id AND a.actor = o.ended_by)

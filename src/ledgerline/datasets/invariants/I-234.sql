-- I-234: Who pauses billing and who resumes it stands in the audit log.
SELECT p.id AS billing_pause_id, s.actor, s.act
  FROM billing_pause AS p
 CROSS JOIN LATERAL (
       VALUES (p.paused_by, 'billing_paused'), (p.resumed_by, 'billing_resumed')) AS s (actor, act)
 WHERE s.actor IS NOT NULL
   AND NOT EXISTS (
       SELECT FROM audit_entry AS a
        WHERE a.object_id = p.id AND a.actor = s.actor AND a.act = s.act)

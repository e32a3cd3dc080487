-- I-210: As what a person works, and whether at all, is what the audit log last said of it.
SELECT p.id, p.role
  FROM person AS p
  LEFT JOIN LATERAL (
       SELECT a.after ->> 'role' AS role, a.act
         FROM audit_entry AS a
        WHERE a.object_id = p.id AND a.act IN ('person_added', 'role_changed', 'person_disabled')
        ORDER BY a.id DESC
        LIMIT 1) AS said ON true
 WHERE said.role IS DISTINCT FROM p.role
    OR (said.act = 'person_disabled') <> (p.disabled_at IS NOT NULL)

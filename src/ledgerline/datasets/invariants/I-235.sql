-- I-235: By which way a session began, and since when a password is somebody's, is in the audit log.
SELECT s.person_id, s.id::text AS what
  FROM person_session AS s
 WHERE NOT EXISTS (
       SELECT FROM audit_entry AS a
        WHERE a.object_id = s.id AND a.act = 'signed_in' AND a.after ->> 'way' = s.way)
 UNION ALL
SELECT w.person_id, 'password'
  FROM person_password AS w
  JOIN person AS p ON p.id = w.person_id
 WHERE p.disabled_at IS NOT NULL
    OR NOT EXISTS (
       SELECT FROM audit_entry AS a
        WHERE a.object_id = w.person_id AND a.act = 'password_set'
          AND (a.after ->> 'set_at')::timestamptz = w.set_at)

-- I-209: A session began by a link of the same person, used at that instant; who is disabled has none.
SELECT s.id, s.person_id
  FROM person_session AS s
  JOIN sign_in_link AS l ON l.secret_hash = s.link_hash
  JOIN person AS p ON p.id = s.person_id
 WHERE l.person_id <> s.person_id
    OR l.used_at IS DISTINCT FROM s.started_at
    OR (p.disabled_at IS NOT NULL AND s.ended_at IS NULL)
    OR s.ended_at < s.started_at

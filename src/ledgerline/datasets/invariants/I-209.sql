-- I-209: A session that began by a link began at the instant its person used it; who is disabled has none.
SELECT s.id, s.person_id
  FROM person_session AS s
  LEFT JOIN sign_in_link AS l ON l.secret_hash = s.link_hash
  JOIN person AS p ON p.id = s.person_id
 WHERE (s.way = 'link' AND (l.person_id IS DISTINCT FROM s.person_id
                            OR l.used_at IS DISTINCT FROM s.started_at))
    OR (p.disabled_at IS NOT NULL AND s.ended_at IS NULL)
    OR s.ended_at < s.started_at

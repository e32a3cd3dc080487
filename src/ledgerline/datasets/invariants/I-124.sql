-- I-124: An issuer is asked for a challenge exactly where that was decided, and decided as it was sent.
SELECT a.bucket, a.id AS attempt_id, a.challenge, d.chosen, d.decided_at
  FROM attempt AS a
  LEFT JOIN decision AS d
    ON d.subject_id = a.id AND d.bucket = a.bucket AND d.kind = 'authentication'
 WHERE a.challenge <> coalesce(d.chosen = 'challenge', false)
    OR d.decided_at <> a.sent_at

-- I-153: An issuer is asked for a challenge at a set-up exactly where that was decided.
SELECT s.bucket, s.id AS setup_id, s.challenge, d.chosen, d.decided_at
  FROM payment_setup AS s
  LEFT JOIN decision AS d
    ON d.subject_id = s.id AND d.bucket = s.bucket AND d.kind = 'authentication'
 WHERE s.challenge <> coalesce(d.chosen = 'challenge', false)
    OR d.decided_at <> s.sent_at

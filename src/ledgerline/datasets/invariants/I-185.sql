-- I-185: A dispute holds money of its payment only where its very charge paid it.
SELECT d.bucket, d.id, d.attempt_id, d.held_minor, d.offset_minor, p.settled_attempt_id
  FROM dispute AS d
  JOIN payment AS p ON p.id = d.payment_id AND p.bucket = d.bucket
  LEFT JOIN attempt AS a ON a.id = p.settled_attempt_id AND a.bucket = p.bucket
 WHERE (d.held_minor > 0 OR d.offset_minor > 0)
   AND d.attempt_id IS DISTINCT FROM a.id
   AND d.attempt_id IS DISTINCT FROM a.adopted_from

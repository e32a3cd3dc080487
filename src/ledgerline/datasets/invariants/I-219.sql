-- I-219: Nobody is asked to find out what is known: of what has ended, nothing is open as unknown.
SELECT x.bucket, x.subject_id, x.opened_at, coalesce(a.state, r.state) AS state
  FROM money_exception AS x
  LEFT JOIN attempt AS a ON a.id = x.subject_id AND a.bucket = x.bucket
  LEFT JOIN refund AS r ON r.id = x.subject_id AND r.bucket = x.bucket
 WHERE x.reason = 'unknown_too_long' AND x.closed_at IS NULL
   AND coalesce(a.ended_at, r.ended_at) IS NOT NULL

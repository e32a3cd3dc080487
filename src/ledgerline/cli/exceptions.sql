-- name: exceptions
-- What is open, newest first, or all there ever was.
SELECT x.reason,
       CASE WHEN p.id IS NOT NULL THEN 'payment' WHEN a.id IS NOT NULL THEN 'attempt'
            ELSE 'merchant account' END AS kind,
       x.subject_id, x.detail, x.opened_at, x.closed_at
  FROM money_exception AS x
  LEFT JOIN payment AS p ON p.id = x.subject_id AND p.bucket = x.bucket
  LEFT JOIN attempt AS a ON a.id = x.subject_id AND a.bucket = x.bucket
 WHERE %(include_closed)s::boolean OR x.closed_at IS NULL
 ORDER BY x.opened_at DESC
 LIMIT 200

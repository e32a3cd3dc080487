-- name: exceptions
-- What is open, newest first, or all there ever was.
SELECT x.reason,
       CASE WHEN p.id IS NOT NULL THEN 'payment' WHEN a.id IS NOT NULL THEN 'attempt'
            ELSE 'merchant account' END AS kind,
       x.subject_id, coalesce(p.id, a.payment_id) AS payment_id, x.detail, x.opened_at, x.closed_at
  FROM money_exception AS x
  LEFT JOIN payment AS p ON p.id = x.subject_id AND p.bucket = x.bucket
  LEFT JOIN attempt AS a ON a.id = x.subject_id AND a.bucket = x.bucket
 WHERE %(include_closed)s::boolean OR x.closed_at IS NULL
 ORDER BY x.opened_at DESC
 LIMIT 200

-- name: exceptions_of
-- What was opened for some subjects of a bucket, newest first.
SELECT x.reason,
       CASE WHEN p.id IS NOT NULL THEN 'payment' WHEN a.id IS NOT NULL THEN 'attempt'
            ELSE 'merchant account' END AS kind,
       x.subject_id, coalesce(p.id, a.payment_id) AS payment_id, x.detail, x.opened_at, x.closed_at
  FROM money_exception AS x
  LEFT JOIN payment AS p ON p.id = x.subject_id AND p.bucket = x.bucket
  LEFT JOIN attempt AS a ON a.id = x.subject_id AND a.bucket = x.bucket
 WHERE x.subject_id = ANY(%(ids)s::uuid[]) AND x.bucket = %(bucket)s
 ORDER BY x.opened_at DESC
 LIMIT 200

-- name: accounts
-- The codes of all merchant accounts.
SELECT a.code FROM psp_account AS a ORDER BY a.code LIMIT 1000

-- name: kinds
-- How many breaks of each kind are open, how many for more than a day and a week, and since when.
SELECT x.reason, count(*)::integer AS breaks,
       count(*) FILTER (WHERE x.opened_at < %(day_ago)s)::integer AS over_a_day,
       count(*) FILTER (WHERE x.opened_at < %(week_ago)s)::integer AS over_a_week,
       min(x.opened_at) AS oldest_at
  FROM money_exception AS x
 WHERE x.closed_at IS NULL AND x.reason = ANY(%(reasons)s::text[])
   AND (%(psp_account)s::text IS NULL OR starts_with(x.detail, %(psp_account)s || ': '))
 GROUP BY x.reason
 ORDER BY min(x.opened_at), x.reason

-- name: breaks
-- The breaks that are open longest, with the payment of those that are of one.
SELECT n.id, n.reason, n.detail, n.opened_at, coalesce(a.payment_id, r.payment_id) AS payment_id
  FROM (SELECT x.id, x.bucket, x.subject_id, x.reason, x.detail, x.opened_at
          FROM money_exception AS x
         WHERE x.closed_at IS NULL AND x.reason = ANY(%(reasons)s::text[])
           AND (%(psp_account)s::text IS NULL OR starts_with(x.detail, %(psp_account)s || ': '))
         ORDER BY x.opened_at, x.id
         LIMIT %(limit)s) AS n
  LEFT JOIN attempt AS a ON a.id = n.subject_id AND a.bucket = n.bucket
  LEFT JOIN refund AS r ON r.id = n.subject_id AND r.bucket = n.bucket
 ORDER BY n.opened_at, n.id

-- name: accounts
-- The merchant accounts.
SELECT a.code FROM psp_account AS a ORDER BY a.code LIMIT 1000

-- name: payments_of
-- Of which payments some charges and refunds are.
SELECT a.id, a.payment_id FROM attempt AS a WHERE a.id = ANY(%(ids)s::uuid[])
 UNION ALL
SELECT r.id, r.payment_id FROM refund AS r WHERE r.id = ANY(%(ids)s::uuid[])
 LIMIT 1000

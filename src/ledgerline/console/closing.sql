-- name: sellers
-- The sellers, and the last month that each has closed.
SELECT s.code, s.zone, max(p.month) AS closed_through
  FROM seller AS s
  LEFT JOIN ledger_period AS p ON p.seller_code = s.code AND p.state = 'closed'
 GROUP BY s.code, s.zone
 ORDER BY s.code
 LIMIT 1000

-- name: first_open
-- The seller whose books are open since the earliest day that has transfers, and that day.
SELECT t.seller_code AS code, min(t.booked_on) AS booked_on
  FROM transfer AS t
  LEFT JOIN (SELECT p.seller_code, max(p.month) AS month
               FROM ledger_period AS p
              WHERE p.state = 'closed'
              GROUP BY p.seller_code) AS c ON c.seller_code = t.seller_code
 WHERE c.month IS NULL OR t.booked_on >= c.month + interval '1 month'
 GROUP BY t.seller_code
 ORDER BY min(t.booked_on), t.seller_code
 LIMIT 1

-- name: closed
-- The newest months that were closed, of all sellers.
SELECT p.seller_code, p.month, p.closed_at
  FROM ledger_period AS p
 WHERE p.state = 'closed'
 ORDER BY p.month DESC, p.seller_code
 LIMIT %(limit)s

-- name: closed_sets
-- The newest months whose data sets were closed, each with the release that says what they were.
SELECT c.month, c.no, c.release_no, c.actor, c.closed_at
  FROM dataset_close AS c
 ORDER BY c.month DESC, c.no DESC
 LIMIT %(limit)s

-- name: estimated
-- About how many transfers there are, as PostgreSQL counted last; below zero: never.
SELECT c.reltuples::bigint AS transfers FROM pg_class AS c WHERE c.oid = 'transfer'::regclass

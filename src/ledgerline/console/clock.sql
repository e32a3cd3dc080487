-- name: tries
-- How many charges are planned until an instant, as far as they are counted.
SELECT count(*) AS planned
  FROM (SELECT 1
          FROM generate_series(0, 4095) AS b (bucket)
         CROSS JOIN LATERAL (
               SELECT 1
                 FROM payment AS p
                WHERE p.bucket = b.bucket AND p.next_try_at <= %(until)s
                LIMIT 50) AS d
         LIMIT %(limit)s) AS n

-- name: accounts
-- The merchant accounts of the simulator.
SELECT a.code FROM psp_account AS a ORDER BY a.code LIMIT 1000

-- name: routes
-- How many charges each rule sent to each account.
SELECT d.rule, coalesce(d.chosen, '') AS account, count(*) AS charges
  FROM decision AS d
 WHERE d.kind = 'route' AND d.chosen IS NOT NULL
 GROUP BY d.rule, d.chosen
 ORDER BY d.rule, d.chosen
 LIMIT 1000

-- name: avoided
-- Charges for which an account that failed was left alone, and where each went instead.
SELECT (d.decided_at AT TIME ZONE 'UTC')::date AS day, c.value ->> 'account' AS left_alone,
       coalesce(d.chosen, 'waits') AS went_to, count(*) AS charges
  FROM decision AS d
 CROSS JOIN LATERAL jsonb_array_elements(d.candidates) AS c (value)
 WHERE d.kind = 'route' AND c.value ->> 'reason' = 'breaker_open'
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
 LIMIT 1000

-- name: files
-- The settlement files of each account that are in the books.
SELECT a.code AS account, a.psp AS connector, count(f.id) AS files,
       coalesce(sum(f.lines), 0)::bigint AS lines
  FROM psp_account AS a
  LEFT JOIN settlement_file AS f ON f.psp_account = a.code AND f.state = 'imported'
 GROUP BY a.code, a.psp
 ORDER BY a.code
 LIMIT 1000

-- name: exceptions
-- What was opened for people, by reason.
SELECT x.reason, count(*) FILTER (WHERE x.closed_at IS NULL) AS open,
       count(*) FILTER (WHERE x.closed_at IS NOT NULL) AS ended
  FROM money_exception AS x
 GROUP BY x.reason
 ORDER BY x.reason
 LIMIT 100

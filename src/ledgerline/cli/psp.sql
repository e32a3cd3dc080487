-- name: accounts
-- All merchant accounts, without their secrets.
SELECT a.code, a.psp, a.settings ->> 'base_url' AS base_url, a.status, a.call_deadline_ms
  FROM psp_account AS a
 ORDER BY a.code
 LIMIT 1000

-- name: accounts
-- The codes of all merchant accounts.
SELECT a.code FROM psp_account AS a ORDER BY a.code LIMIT 1000

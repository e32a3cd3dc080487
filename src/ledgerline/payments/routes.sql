-- name: lock_accounts
-- All merchant accounts, in the order in which loaders of rules and switches wait for each other.
SELECT {AccountStatusRow:c}
  FROM psp_account AS c
 ORDER BY c.code
 LIMIT 1000
   FOR NO KEY UPDATE

-- name: read_accounts
-- All merchant accounts, and whether they take new charges.
SELECT {AccountStatusRow:c}
  FROM psp_account AS c
 ORDER BY c.code
 LIMIT 1000

-- name: add_policy
-- Load routing rules as the next version.
INSERT INTO routing_policy ({PolicyRow})
VALUES (%(version)s, %(body)s, %(loaded_at)s)

-- name: read_policy
-- The routing rules that hold: those that were loaded last.
SELECT p.version, p.body::text AS body, p.loaded_at
  FROM routing_policy AS p
 ORDER BY p.version DESC
 LIMIT 1

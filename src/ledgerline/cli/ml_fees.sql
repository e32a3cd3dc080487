-- name: loaded_fees
-- The fees of accounts as people loaded them, version by version, the newest first.
SELECT p.version, p.body ->> 'fees' AS fees, p.loaded_at
  FROM routing_policy AS p
 ORDER BY p.version DESC
 LIMIT 1000

-- name: somebody
-- A customer whose renewal is still open, else one who has a plan; the newest of them.
SELECT s.customer_id
  FROM subscription AS s
 WHERE s.state IN ('past_due', 'active')
 ORDER BY s.state DESC, s.id DESC
 LIMIT 1

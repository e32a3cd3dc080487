-- name: covers
-- The covers of a subscription, newest first; empty ones say nothing.
SELECT c.starts_at, c.ends_at, c.paid_until, c.reason, c.invoice_id
  FROM cover AS c
 WHERE c.bucket = %(bucket)s AND c.subscription_id = %(subscription_id)s
   AND c.starts_at < c.ends_at
 ORDER BY c.starts_at DESC
 LIMIT %(limit)s

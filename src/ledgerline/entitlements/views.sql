-- name: covers
-- The covers of a subscription, newest first; empty ones say nothing.
SELECT {CoverView:c}
  FROM cover AS c
 WHERE c.bucket = %(bucket)s AND c.subscription_id = %(subscription_id)s
   AND c.starts_at < c.ends_at
 ORDER BY c.starts_at DESC
 LIMIT %(limit)s

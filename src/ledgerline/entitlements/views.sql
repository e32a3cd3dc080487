-- name: covers
-- The covers of a subscription that began in some months, newest first; empty ones say nothing.
SELECT {CoverView:c}
  FROM cover AS c
 WHERE ((c.starts_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5
       = ANY(%(months)s::integer[])
   AND c.bucket = %(bucket)s AND c.subscription_id = %(subscription_id)s
   AND c.starts_at < c.ends_at
 ORDER BY c.starts_at DESC
 LIMIT %(limit)s

-- I-162: Nobody is served while their subscription is paused.
SELECT p.bucket, p.subscription_id, p.seq, c.component, c.starts_at, c.ends_at
  FROM subscription_event AS p
  LEFT JOIN LATERAL (
       SELECT n.entitled_at
         FROM subscription_event AS n
        WHERE n.subscription_id = p.subscription_id AND n.bucket = p.bucket AND n.seq > p.seq
          AND n.kind IN ('resumed', 'canceled')
        ORDER BY n.seq
        LIMIT 1) AS o ON true
  JOIN cover AS c
    ON c.subscription_id = p.subscription_id AND c.bucket = p.bucket
   AND greatest(c.starts_at, p.entitled_at)
       < least(c.ends_at, coalesce(o.entitled_at, 'infinity'))
 WHERE p.kind = 'paused'

-- I-161: No period of a subscription is billed while it is paused.
SELECT p.bucket, p.subscription_id, p.seq, i.id AS invoice_id
  FROM subscription_event AS p
  LEFT JOIN LATERAL (
       SELECT n.recorded_at
         FROM subscription_event AS n
        WHERE n.subscription_id = p.subscription_id AND n.bucket = p.bucket AND n.seq > p.seq
          AND n.kind IN ('resumed', 'canceled')
        ORDER BY n.seq
        LIMIT 1) AS o ON true
  JOIN invoice AS i
    ON i.subscription_id = p.subscription_id AND i.bucket = p.bucket AND i.cause = 'renewal'
   AND i.issued_at > p.recorded_at AND i.issued_at < coalesce(o.recorded_at, 'infinity')
 WHERE p.kind = 'paused'

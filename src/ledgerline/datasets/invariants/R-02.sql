-- R-02: Every invoice belongs to a subscription.
SELECT i.bucket, i.id, i.subscription_id
  FROM invoice AS i
  LEFT JOIN subscription AS s ON s.bucket = i.bucket AND s.id = i.subscription_id
 WHERE s.id IS NULL

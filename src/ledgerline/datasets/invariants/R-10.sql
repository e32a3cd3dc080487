-- R-10: A subscription is parked exactly when the billing run said why.
SELECT coalesce(s.bucket, b.bucket) AS bucket, coalesce(s.id, b.subscription_id) AS subscription_id,
       s.parked, b.reason
  FROM (SELECT o.bucket, o.id, o.parked FROM subscription AS o WHERE o.parked IS NOT NULL) AS s
  FULL JOIN bill_parked AS b ON b.bucket = s.bucket AND b.subscription_id = s.id
 WHERE s.parked IS DISTINCT FROM b.reason

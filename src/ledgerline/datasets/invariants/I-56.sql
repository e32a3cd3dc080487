-- I-56: A customer's version is the newest that was written, and live subscriptions name it.
SELECT c.bucket, c.id, c.version, NULL::uuid AS subscription_id
  FROM customer AS c
 WHERE c.version IS DISTINCT FROM (
       SELECT max(v.version) FROM customer_version AS v
        WHERE v.customer_id = c.id AND v.bucket = c.bucket)
 UNION ALL
SELECT c.bucket, c.id, c.version, s.id
  FROM subscription AS s
  JOIN customer AS c ON c.id = s.customer_id AND c.bucket = s.bucket
 WHERE s.ended_at IS NULL AND s.customer_version <> c.version

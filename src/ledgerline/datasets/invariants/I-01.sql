-- I-01: A customer has at most one live subscription of a product family.
SELECT s.bucket, s.customer_id, s.family, count(*) AS live
  FROM subscription AS s
 WHERE s.state NOT IN ('canceled', 'expired')
 GROUP BY s.bucket, s.customer_id, s.family
HAVING count(*) > 1

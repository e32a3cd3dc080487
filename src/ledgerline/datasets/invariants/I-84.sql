-- I-84: What was answered and told about an erased customer is deleted.
WITH erased AS (SELECT c.bucket, c.id FROM customer AS c WHERE c.erased_at IS NOT NULL)
SELECT c.bucket, c.id AS customer_id, 'kept answer' AS what
  FROM erased AS c
  JOIN idempotency_key AS k ON k.customer_id = c.id
 WHERE k.body IS NOT NULL
 UNION ALL
SELECT c.bucket, c.id, 'webhook body'
  FROM erased AS c
  JOIN payment AS p ON p.customer_id = c.id AND p.bucket = c.bucket
 CROSS JOIN LATERAL (
       SELECT a.id FROM attempt AS a WHERE a.payment_id = p.id AND a.bucket = p.bucket
        UNION ALL
       SELECT r.id FROM refund AS r WHERE r.payment_id = p.id AND r.bucket = p.bucket) AS t
  JOIN psp_event AS e ON e.reference = t.id::text AND e.state = 'applied'
 WHERE e.body IS NOT NULL

-- I-80: Of an erased customer nothing is left that opens its data, charges it or was noted on it.
WITH erased AS (
     SELECT c.bucket, c.id, c.email_sealed, c.email_hash, c.metadata, c.external_id
       FROM customer AS c WHERE c.erased_at IS NOT NULL)
SELECT c.bucket, c.id AS customer_id, 'data key' AS what
  FROM erased AS c
  JOIN customer_key AS k ON k.customer_id = c.id AND k.bucket = c.bucket
 UNION ALL
SELECT c.bucket, c.id, 'notes'
  FROM erased AS c
 WHERE c.email_sealed IS NOT NULL OR c.email_hash IS NOT NULL OR c.metadata <> '{}' OR c.external_id IS NOT NULL
 UNION ALL
SELECT c.bucket, c.id, 'note of a colleague'
  FROM erased AS c
  JOIN customer_note AS n ON n.customer_id = c.id AND n.bucket = c.bucket
 UNION ALL
SELECT c.bucket, c.id, 'instrument'
  FROM erased AS c
  JOIN payment_method AS m ON m.customer_id = c.id AND m.bucket = c.bucket
  JOIN instrument AS i ON i.payment_method_id = m.id AND i.bucket = m.bucket
 UNION ALL
SELECT c.bucket, c.id, 'notes of a payment method'
  FROM erased AS c
  JOIN payment_method AS m ON m.customer_id = c.id AND m.bucket = c.bucket
 WHERE m.metadata <> '{}' OR m.external_id IS NOT NULL
 UNION ALL
SELECT c.bucket, c.id, 'notes of a subscription'
  FROM erased AS c
  JOIN subscription AS s ON s.customer_id = c.id AND s.bucket = c.bucket
 WHERE s.metadata <> '{}' OR s.external_id IS NOT NULL
 UNION ALL
SELECT c.bucket, c.id, 'token of an attempt'
  FROM erased AS c
  JOIN payment AS p ON p.customer_id = c.id AND p.bucket = c.bucket
  JOIN attempt AS a ON a.payment_id = p.id AND a.bucket = p.bucket
 WHERE a.psp_token <> ''
 UNION ALL
SELECT c.bucket, c.id, 'reason of a refund'
  FROM erased AS c
  JOIN refund AS r ON r.customer_id = c.id AND r.bucket = c.bucket
 WHERE r.reason <> ''

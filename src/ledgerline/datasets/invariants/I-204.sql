-- I-204: What was asked for in the portal is about what belongs to the customer whose session it was.
SELECT k.bucket, k.key, k.subject_id, s.customer_id, o.customer_id AS owner_id
  FROM idempotency_key AS k
  JOIN portal_session AS s
    ON s.id::text = split_part(k.key, ':', 1) AND s.bucket = k.bucket
 CROSS JOIN LATERAL (
       SELECT i.customer_id FROM invoice AS i
        WHERE i.id = k.subject_id AND i.bucket = k.bucket
        UNION ALL
       SELECT c.customer_id FROM subscription AS c
        WHERE c.id = k.subject_id AND c.bucket = k.bucket
        UNION ALL
       SELECT m.customer_id FROM payment_method AS m
        WHERE m.id = k.subject_id AND m.bucket = k.bucket
        UNION ALL
       SELECT u.customer_id FROM payment_setup AS u
        WHERE u.id = k.subject_id AND u.bucket = k.bucket
        UNION ALL
       SELECT r.customer_id FROM refund AS r
        WHERE r.id = k.subject_id AND r.bucket = k.bucket
        UNION ALL
       SELECT p.id FROM customer AS p
        WHERE p.id = k.subject_id AND p.bucket = k.bucket) AS o
 WHERE k.principal = 'customer portal' AND o.customer_id <> s.customer_id

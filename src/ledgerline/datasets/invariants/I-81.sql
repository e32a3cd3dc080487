-- I-81: A customer has a data key and a name that it opens, or was erased and that was told.
SELECT c.bucket, c.id AS customer_id, c.erased_at,
       NOT EXISTS (SELECT FROM customer_key AS k WHERE k.customer_id = c.id AND k.bucket = c.bucket)
       AS has_no_key
  FROM customer AS c
  JOIN customer_version AS v
    ON v.customer_id = c.id AND v.bucket = c.bucket AND v.version = c.version
 WHERE CASE WHEN c.erased_at IS NULL
            THEN v.buyer_sealed IS NULL
                 OR NOT EXISTS (SELECT FROM customer_key AS k
                                 WHERE k.customer_id = c.id AND k.bucket = c.bucket)
            ELSE v.buyer_sealed IS NOT NULL
                 OR NOT EXISTS (SELECT FROM event AS e
                                 WHERE e.aggregate_id = c.id AND e.bucket = c.bucket
                                   AND e.kind = 'customer.erased')
       END

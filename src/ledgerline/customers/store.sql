-- name: add_customer
-- Insert a customer.
INSERT INTO customer (bucket, id, market_code, zone, locale, name_sealed, email_sealed, version,
                      created_at)
VALUES (%(bucket)s, %(id)s, %(market_code)s, %(zone)s, %(locale)s, %(name_sealed)s,
        %(email_sealed)s, 1, %(created_at)s)

-- name: add_customer_key
-- Store the wrapped data key of a customer.
INSERT INTO customer_key (bucket, customer_id, wrapped)
VALUES (%(bucket)s, %(customer_id)s, %(wrapped)s)

-- name: lock_customers
-- locks: customer
-- Read and lock some customers.
SELECT {CustomerRow:c}
  FROM customer AS c
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON c.bucket = n.bucket AND c.id = n.id
 ORDER BY c.bucket, c.id
   FOR NO KEY UPDATE OF c

-- name: read_customers
-- Read some customers.
SELECT {CustomerRow:c}
  FROM customer AS c
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON c.bucket = n.bucket AND c.id = n.id

-- name: redeem_trial
-- Spend the one trial a customer has in a product family.
INSERT INTO trial_redemption ({RedemptionRow})
VALUES (%(bucket)s, %(customer_id)s, %(family)s, %(subscription_id)s, %(redeemed_at)s)

-- name: read_trials
-- The product families in which a customer has had a trial.
SELECT family
  FROM trial_redemption
 WHERE bucket = %(bucket)s AND customer_id = %(customer_id)s
 ORDER BY family
 LIMIT 1000

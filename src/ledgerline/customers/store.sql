-- name: add_customer
-- Insert a customer.
INSERT INTO customer ({NewCustomerRow}, version)
VALUES (%(bucket)s, %(id)s, %(market_code)s, %(zone)s, %(locale)s, %(email_sealed)s,
        %(email_hash)s, %(metadata)s, %(external_id)s, %(created_at)s, 1)

-- name: change_customer
-- Put the next version of a customer in force.
UPDATE customer
   SET locale = %(locale)s, email_sealed = %(email_sealed)s, email_hash = %(email_hash)s,
       metadata = %(metadata)s, external_id = %(external_id)s, version = version + 1
 WHERE bucket = %(bucket)s AND id = %(id)s AND version = %(seen)s

-- name: read_profile
-- What may change of a customer beside the buyer.
SELECT c.email_sealed, c.metadata::text AS metadata, c.external_id
  FROM customer AS c
 WHERE c.bucket = %(bucket)s AND c.id = %(id)s

-- name: add_version
-- Record who the buyer is from now on.
INSERT INTO customer_version ({VersionRow})
VALUES (%(bucket)s, %(customer_id)s, %(version)s, %(locale)s, %(buyer_sealed)s, %(country)s, %(tax_status)s,
        %(place_evidence)s, %(recorded_at)s, %(actor)s)

-- name: read_versions
-- Some versions of customers.
SELECT {VersionRow:v - place_evidence recorded_at actor}, v.place_evidence::text AS place_evidence,
       v.recorded_at, v.actor
  FROM customer_version AS v
  JOIN unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[], %(versions)s::integer[])
       AS n (bucket, customer_id, version)
    ON v.customer_id = n.customer_id AND v.bucket = n.bucket AND v.version = n.version

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

-- name: read_customer_key
-- The wrapped data key of a customer; gone once the customer is erased.
SELECT {CustomerKeyRow}
  FROM customer_key
 WHERE bucket = %(bucket)s AND customer_id = %(customer_id)s

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

-- name: lock_customer_key
-- The wrapped data key of a customer, held until the transaction ends: an erasure waits.
SELECT {CustomerKeyRow}
  FROM customer_key
 WHERE bucket = %(bucket)s AND customer_id = %(customer_id)s
   FOR KEY SHARE

-- name: delete_customer_key
-- Make what is sealed under a customer's data key unreadable for good.
DELETE FROM customer_key WHERE bucket = %(bucket)s AND customer_id = %(customer_id)s

-- name: add_note
-- Keep what a colleague wrote about a customer.
INSERT INTO customer_note ({NoteRow})
VALUES (%(bucket)s, %(id)s, %(customer_id)s, %(author)s, %(said_sealed)s, %(written_at)s)

-- name: read_notes
-- A page of what colleagues wrote about a customer, the newest first.
SELECT {NoteRow:n}
  FROM customer_note AS n
 WHERE n.customer_id = %(customer_id)s AND n.bucket = %(bucket)s AND n.id < %(before)s
 ORDER BY n.id DESC
 LIMIT %(limit)s

-- name: delete_notes
-- Delete what was written about a customer who is erased.
DELETE FROM customer_note WHERE customer_id = %(customer_id)s AND bucket = %(bucket)s

-- name: erase_customer
-- Take what is personal off a customer and put the version without it in force.
UPDATE customer
   SET erased_at = %(erased_at)s, email_sealed = NULL, email_hash = NULL, metadata = '{}',
       external_id = NULL, version = version + 1
 WHERE bucket = %(bucket)s AND id = %(id)s AND version = %(seen)s AND erased_at IS NULL

-- name: read_buyer_facts
-- Who documents name by some versions, each with the key that opens it.
SELECT {BuyerFactRow:v - place_evidence wrapped}, v.place_evidence::text AS place_evidence,
       k.wrapped
  FROM unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[], %(versions)s::integer[])
       AS n (bucket, customer_id, version)
  JOIN customer_version AS v
    ON v.customer_id = n.customer_id AND v.bucket = n.bucket AND v.version = n.version
  LEFT JOIN customer_key AS k ON k.customer_id = v.customer_id AND k.bucket = v.bucket

-- name: read_recipients
-- Who some customers are to those who write to them; no key once erased.
SELECT {RecipientRow:c - tax_status wrapped}, v.tax_status, k.wrapped
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN customer AS c ON c.id = n.id AND c.bucket = n.bucket
  JOIN customer_version AS v
    ON v.customer_id = c.id AND v.bucket = c.bucket AND v.version = c.version
  LEFT JOIN customer_key AS k ON k.customer_id = c.id AND k.bucket = c.bucket

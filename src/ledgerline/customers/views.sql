-- name: customer
-- One customer with the wrapped key of the sealed fields; no key once erased.
SELECT c.bucket, c.id, c.market_code, c.zone, c.locale, c.email_sealed,
       c.metadata::text AS metadata, c.external_id, c.version, c.created_at, c.erased_at,
       v.buyer_sealed, v.tax_status, v.place_evidence::text AS place_evidence, k.wrapped
  FROM customer AS c
  JOIN customer_version AS v
    ON v.customer_id = c.id AND v.bucket = c.bucket AND v.version = c.version
  LEFT JOIN customer_key AS k ON k.bucket = c.bucket AND k.customer_id = c.id
 WHERE c.bucket = %(bucket)s AND c.id = %(id)s

-- name: customers_of_email
-- Who has an e-mail address, newest first; several people of a household may share one.
SELECT c.bucket, c.id, c.market_code, c.zone, c.locale, c.email_sealed,
       c.metadata::text AS metadata, c.external_id, c.version, c.created_at, c.erased_at,
       v.buyer_sealed, v.tax_status, v.place_evidence::text AS place_evidence, k.wrapped
  FROM customer AS c
  JOIN customer_version AS v
    ON v.customer_id = c.id AND v.bucket = c.bucket AND v.version = c.version
  LEFT JOIN customer_key AS k ON k.bucket = c.bucket AND k.customer_id = c.id
 WHERE c.email_hash = %(email_hash)s
 ORDER BY c.id DESC
 LIMIT %(limit)s

-- name: customers
-- A page of customers, newest first.
SELECT c.bucket, c.id, c.market_code, c.zone, c.locale, c.email_sealed,
       c.metadata::text AS metadata, c.external_id, c.version, c.created_at, c.erased_at,
       v.buyer_sealed, v.tax_status, v.place_evidence::text AS place_evidence, k.wrapped
  FROM customer AS c
  JOIN customer_version AS v
    ON v.customer_id = c.id AND v.bucket = c.bucket AND v.version = c.version
  LEFT JOIN customer_key AS k ON k.bucket = c.bucket AND k.customer_id = c.id
 WHERE c.id < %(before)s
 ORDER BY c.id DESC
 LIMIT %(limit)s

-- name: notes
-- What colleagues wrote about a customer before an instant, the newest first.
SELECT {NoteRow:n}
  FROM customer_note AS n
 WHERE n.customer_id = %(customer_id)s AND n.bucket = %(bucket)s AND n.written_at < %(until)s
 ORDER BY n.written_at DESC, n.id DESC
 LIMIT %(limit)s

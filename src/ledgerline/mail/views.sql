-- name: mail
-- One mail as people look at it.
SELECT {MailView:m - facts address_sealed wrapped is_blocked}, m.facts::text AS facts,
       m.address_sealed, k.wrapped, b.customer_id IS NOT NULL AS is_blocked
  FROM mail AS m
  LEFT JOIN customer_key AS k ON k.customer_id = m.customer_id AND k.bucket = m.bucket
  LEFT JOIN mail_block AS b ON b.customer_id = m.customer_id AND b.bucket = m.bucket
 WHERE m.id = %(id)s AND m.bucket = %(bucket)s

-- name: mails
-- A page of mails, newest first; of one state where that is asked.
SELECT {MailView:m - facts address_sealed wrapped is_blocked}, m.facts::text AS facts,
       m.address_sealed, k.wrapped, b.customer_id IS NOT NULL AS is_blocked
  FROM mail AS m
  LEFT JOIN customer_key AS k ON k.customer_id = m.customer_id AND k.bucket = m.bucket
  LEFT JOIN mail_block AS b ON b.customer_id = m.customer_id AND b.bucket = m.bucket
 WHERE m.id < %(before)s AND (%(state)s::text IS NULL OR m.state = %(state)s)
 ORDER BY m.id DESC
 LIMIT %(limit)s

-- name: mails_of_customer
-- A page of a customer's mails of some months, newest first.
SELECT {MailView:m - facts address_sealed wrapped is_blocked}, m.facts::text AS facts,
       m.address_sealed, k.wrapped, b.customer_id IS NOT NULL AS is_blocked
  FROM mail AS m
  LEFT JOIN customer_key AS k ON k.customer_id = m.customer_id AND k.bucket = m.bucket
  LEFT JOIN mail_block AS b ON b.customer_id = m.customer_id AND b.bucket = m.bucket
 WHERE ((m.occurred_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5
       = ANY(%(months)s::integer[])
   AND m.bucket = %(bucket)s AND m.customer_id = %(customer_id)s AND m.id < %(before)s
 ORDER BY m.id DESC
 LIMIT %(limit)s

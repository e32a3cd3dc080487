-- name: purchases
-- How some purchases ended.
SELECT p.id, p.subscription_id, p.state
  FROM purchase AS p
  JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
    ON p.bucket = n.bucket AND p.id = n.id

-- name: last_payment
-- The newest captured payment of a subscription, found through its customer's invoices.
SELECT p.id, p.captured_minor
  FROM subscription AS s
  JOIN invoice AS i
    ON (i.issued_on - DATE '2000-01-01') >> 5 = ANY(ARRAY(
       SELECT generate_series((s.created_at::date - DATE '2000-01-02') >> 5,
                              (s.billed_through - DATE '2000-01-01') >> 5)))
   AND i.bucket = s.bucket AND i.customer_id = s.customer_id AND i.subscription_id = s.id
  JOIN payment AS p
    ON p.bucket = i.bucket AND p.invoice_id = i.id AND p.state = 'succeeded'
   AND p.refunded_minor = 0 AND p.refunding_minor = 0
 WHERE s.bucket = %(bucket)s AND s.id = %(subscription_id)s
 ORDER BY p.id DESC
 LIMIT 1

-- I-50: Ids carry the bucket of their row, and what belongs together belongs to one customer.
SELECT o.bucket, o.id, o.kind
  FROM (SELECT c.bucket, c.id, 'customer' FROM customer AS c
         UNION ALL
        SELECT s.bucket, s.id, 'subscription' FROM subscription AS s
         UNION ALL
        SELECT i.bucket, i.id, 'invoice' FROM invoice AS i
         UNION ALL
        SELECT p.bucket, p.id, 'payment' FROM payment AS p
         UNION ALL
        SELECT a.bucket, a.id, 'attempt' FROM attempt AS a
         UNION ALL
        SELECT r.bucket, r.id, 'receipt' FROM receipt AS r) AS o (bucket, id, kind)
 WHERE o.bucket <> ('x' || substr(o.id::text, 16, 3))::bit(12)::integer
 UNION ALL
SELECT i.bucket, i.id, 'invoice of another customer'
  FROM invoice AS i
  JOIN subscription AS s ON s.bucket = i.bucket AND s.id = i.subscription_id
 WHERE s.customer_id <> i.customer_id
 UNION ALL
SELECT p.bucket, p.id, 'payment of another customer'
  FROM payment AS p
  JOIN invoice AS i ON i.bucket = p.bucket AND i.id = p.invoice_id
 WHERE i.customer_id <> p.customer_id

-- R-06: Every event belongs to something that exists, of the kind its name says.
SELECT e.bucket, e.aggregate_id, e.seq, e.kind
  FROM event AS e
 WHERE NOT CASE split_part(e.kind, '.', 1)
       WHEN 'customer'
       THEN EXISTS (SELECT FROM customer AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       WHEN 'subscription'
       THEN EXISTS (SELECT FROM subscription AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       WHEN 'invoice'
       THEN EXISTS (SELECT FROM invoice AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       WHEN 'credit_note'
       THEN EXISTS (SELECT FROM credit_note AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       WHEN 'payment'
       THEN EXISTS (SELECT FROM payment AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       WHEN 'payment_method_setup'
       THEN EXISTS (SELECT FROM payment_setup AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       WHEN 'attempt'
       THEN EXISTS (SELECT FROM attempt AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       WHEN 'refund'
       THEN EXISTS (SELECT FROM refund AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       WHEN 'dispute'
       THEN EXISTS (SELECT FROM dispute AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       WHEN 'mandate'
       THEN EXISTS (SELECT FROM mandate AS o WHERE o.bucket = e.bucket AND o.id = e.aggregate_id)
       ELSE false END

-- I-245: A note on a customer was written by whoever the audit log says.
SELECT n.bucket, n.id, n.author, t.actor
  FROM customer_note AS n
  LEFT JOIN audit_entry AS t ON t.object_id = n.id AND t.act = 'noted'
 WHERE t.actor IS DISTINCT FROM n.author OR t.customer_id IS DISTINCT FROM n.customer_id

-- I-67: A change waits exactly while its invoice is open and its payment still under way.
SELECT coalesce(w.bucket, i.bucket) AS bucket,
       coalesce(w.subscription_id, i.subscription_id) AS subscription_id,
       coalesce(w.invoice_id, i.id) AS invoice_id, i.state, m.state AS payment_state
  FROM pending_change AS w
  FULL JOIN (SELECT o.bucket, o.id, o.subscription_id, o.state
               FROM invoice AS o
              WHERE o.cause = 'change' AND o.state = 'open') AS i
    ON i.id = w.invoice_id AND i.bucket = w.bucket AND i.subscription_id = w.subscription_id
  LEFT JOIN payment AS m
    ON m.invoice_id = i.id AND m.bucket = i.bucket AND m.state = 'processing'
 WHERE w.invoice_id IS NULL OR i.id IS NULL OR m.id IS NULL

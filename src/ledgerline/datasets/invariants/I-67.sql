-- I-67: A change waits only while its invoice is open; that ends, or it was withdrawn and told so.
SELECT coalesce(w.bucket, i.bucket) AS bucket,
       coalesce(w.subscription_id, i.subscription_id) AS subscription_id,
       coalesce(w.invoice_id, i.id) AS invoice_id, i.state, m.state AS payment_state
  FROM pending_change AS w
  FULL JOIN (SELECT o.bucket, o.id, o.subscription_id, o.state, o.issued_at
               FROM invoice AS o
              WHERE o.cause = 'change' AND o.state = 'open') AS i
    ON i.id = w.invoice_id AND i.bucket = w.bucket AND i.subscription_id = w.subscription_id
  LEFT JOIN payment AS m
    ON m.invoice_id = i.id AND m.bucket = i.bucket AND m.state = 'processing'
 WHERE i.id IS NULL OR m.id IS NULL
    OR (w.invoice_id IS NULL
        AND NOT EXISTS (SELECT FROM event AS e
                         WHERE e.aggregate_id = i.subscription_id AND e.bucket = i.bucket
                           AND e.kind = 'subscription.change_withdrawn'
                           AND e.occurred_at >= i.issued_at))

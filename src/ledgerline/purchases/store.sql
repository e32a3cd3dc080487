-- name: add_purchase
-- Insert a purchase.
INSERT INTO purchase (bucket, id, customer_id, subscription_id, invoice_id, payment_id, state,
                      state_before, state_event, created_at)
VALUES (%(bucket)s, %(id)s, %(customer_id)s, %(subscription_id)s, %(invoice_id)s, %(payment_id)s,
        'processing', '-', 'created', %(created_at)s)

-- name: step
-- Move the purchases of some subscriptions along their state table.
UPDATE purchase AS p
   SET state_before = n.state_before, state_event = n.state_event, state = n.state
  FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[], %(state_before)s::text[],
              %(state_event)s::text[], %(state)s::text[])
       AS n ({PurchaseStepRow})
 WHERE p.bucket = n.bucket AND p.subscription_id = n.subscription_id
   AND p.state = n.state_before

-- name: find_purchase
-- What a purchase belongs to; unlocked, to know what to lock.
SELECT {FoundPurchaseRow:p}
  FROM purchase AS p
 WHERE p.bucket = %(bucket)s AND p.id = %(id)s

-- name: add_notices
-- Plan what a payer is told.
COPY payment_notice ({NoticeRow})
  FROM STDIN (FORMAT BINARY)

-- name: read_due_notices
-- What is due to be told; unlocked, to know what to lock.
SELECT {NoticeRow:n}
  FROM payment_notice AS n
 WHERE n.bucket >= %(bucket_from)s AND n.bucket < %(bucket_to)s AND n.due_at <= %(now)s
 ORDER BY n.bucket, n.due_at
 LIMIT %(limit)s

-- name: read_notices
-- What is due to be told of some payments, which are locked.
SELECT {NoticeRow:y}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
 CROSS JOIN LATERAL (
       SELECT {NoticeRow:o}
         FROM payment_notice AS o
        WHERE o.payment_id = n.id AND o.bucket = n.bucket AND o.due_at <= %(now)s
        LIMIT 100) AS y
 ORDER BY y.payment_id, y.due_at, y.day

-- name: step_notices
-- Say that notices are told, put off, or no longer needed.
UPDATE payment_notice AS p
   SET due_at = n.due_at, told_at = n.told_at
  FROM unnest(%(bucket)s::smallint[], %(payment_id)s::uuid[], %(kind)s::text[],
              %(day)s::smallint[], %(due_at)s::timestamptz[], %(told_at)s::timestamptz[])
       AS n ({NoticeRow})
 WHERE p.payment_id = n.payment_id AND p.bucket = n.bucket AND p.kind = n.kind AND p.day = n.day
   AND p.told_at IS NULL

-- name: count_told
-- Count the events of payments that are locked.
UPDATE payment AS p
   SET event_seq = p.event_seq + n.events
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(events)s::integer[])
       AS n (bucket, id, events)
 WHERE p.bucket = n.bucket AND p.id = n.id

-- name: next_due
-- When the next notice is due.
SELECT min(n.due_at) AS due_at
  FROM payment_notice AS n
 WHERE n.due_at IS NOT NULL

-- name: read_told_payments
-- Payments as their payers are told of them.
SELECT {ToldPaymentRow:p - brand last4}, m.brand, m.last4
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN payment AS p ON p.id = n.id AND p.bucket = n.bucket
  JOIN payment_method AS m ON m.id = p.payment_method_id AND m.bucket = p.bucket

-- name: read_told_refunds
-- Refunds as those who get them are told of them.
SELECT {ToldRefundRow:r - subscription_id brand last4}, p.subscription_id, m.brand, m.last4
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN refund AS r ON r.id = n.id AND r.bucket = n.bucket
  JOIN payment AS p ON p.id = r.payment_id AND p.bucket = r.bucket
  JOIN payment_method AS m ON m.id = p.payment_method_id AND m.bucket = p.bucket

-- I-160: A payer is told once that a card expires in so many days, and nothing once service ended.
SELECT e.bucket, e.aggregate_id AS subject_id, e.body ->> 'days' AS days, e.occurred_at AS at
  FROM event AS e
 WHERE e.kind = 'subscription.card_expiring'
   AND EXISTS (
       SELECT FROM event AS o
        WHERE o.aggregate_id = e.aggregate_id AND o.bucket = e.bucket AND o.seq < e.seq
          AND (o.kind = 'subscription.canceled'
               OR (o.kind = e.kind AND o.body ->> 'payment_method' = e.body ->> 'payment_method'
                   AND o.body ->> 'days' = e.body ->> 'days'
                   AND o.occurred_at > e.occurred_at - interval '27 days')))
 UNION ALL
SELECT n.bucket, n.payment_method_id, n.days::text, n.told_at
  FROM card_notice AS n
  JOIN payment_method AS m ON m.id = n.payment_method_id AND m.bucket = n.bucket
 WHERE n.told_at IS NOT NULL
   AND NOT EXISTS (
       SELECT FROM event AS e
        WHERE e.customer_id = m.customer_id AND e.bucket = m.bucket
          AND e.kind = 'subscription.card_expiring' AND e.occurred_at = n.told_at
          AND e.body ->> 'days' = n.days::text)

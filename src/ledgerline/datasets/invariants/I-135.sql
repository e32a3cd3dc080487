-- I-135: A payer is told each thing once, and nothing of a payment that was mended or is over.
SELECT e.bucket, e.aggregate_id AS payment_id, e.body ->> 'notice' AS notice,
       e.body ->> 'day' AS day, count(*) AS times
  FROM event AS e
  LEFT JOIN payment_notice AS n
    ON n.payment_id = e.aggregate_id AND n.bucket = e.bucket AND n.kind = e.body ->> 'notice'
   AND n.day = (e.body ->> 'day')::smallint AND n.told_at = e.occurred_at
  LEFT JOIN event AS o
    ON o.aggregate_id = e.aggregate_id AND o.bucket = e.bucket AND o.seq < e.seq
   AND o.kind IN ('payment.succeeded', 'payment.canceled', 'payment.failed')
 WHERE e.kind = 'payment.notice_due'
 GROUP BY e.bucket, e.aggregate_id, e.body ->> 'notice', e.body ->> 'day'
HAVING count(DISTINCT e.id) > 1 OR count(n.payment_id) = 0
    OR (count(o.id) > 0 AND e.body ->> 'notice' <> 'ended')

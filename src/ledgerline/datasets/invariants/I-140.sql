-- I-140: What people wrote about the payments of an erased customer is deleted.
WITH subject AS (
     SELECT p.bucket, p.customer_id, p.id
       FROM customer AS c
       JOIN payment AS p ON p.customer_id = c.id AND p.bucket = c.bucket
      WHERE c.erased_at IS NOT NULL),
     every AS (
     SELECT s.bucket, s.customer_id, s.id FROM subject AS s
      UNION ALL
     SELECT s.bucket, s.customer_id, a.id
       FROM subject AS s
       JOIN attempt AS a ON a.payment_id = s.id AND a.bucket = s.bucket
      UNION ALL
     SELECT s.bucket, s.customer_id, r.id
       FROM subject AS s
       JOIN refund AS r ON r.payment_id = s.id AND r.bucket = s.bucket)
SELECT e.bucket, e.customer_id, x.subject_id, 'resolution' AS what
  FROM every AS e
  JOIN money_exception AS x ON x.subject_id = e.id AND x.bucket = e.bucket
 WHERE x.resolution <> ''
 UNION ALL
SELECT e.bucket, e.customer_id, o.subject_id, 'note'
  FROM every AS e
  JOIN evidence_proposal AS o ON o.subject_id = e.id AND o.bucket = e.bucket
 WHERE o.note <> ''
 UNION ALL
SELECT s.bucket, s.customer_id, p.payment_id, 'reason'
  FROM subject AS s
  JOIN refund_proposal AS p ON p.payment_id = s.id AND p.bucket = s.bucket
 WHERE p.reason <> ''

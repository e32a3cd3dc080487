-- I-06: A payment has at most one live attempt, so that nobody is charged twice.
SELECT a.bucket, a.payment_id, count(*) AS live
  FROM attempt AS a
 WHERE a.state IN ('sent', 'unknown', 'requires_action', 'succeeded')
 GROUP BY a.bucket, a.payment_id
HAVING count(*) > 1

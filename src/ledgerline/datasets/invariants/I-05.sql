-- I-05: An invoice has at most one live payment for each purpose.
SELECT p.bucket, p.invoice_id, p.purpose, count(*) AS live
  FROM payment AS p
 WHERE p.state IN ('processing', 'succeeded')
 GROUP BY p.bucket, p.invoice_id, p.purpose
HAVING count(*) > 1

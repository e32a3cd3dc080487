-- R-04: Every attempt belongs to a payment, and all evidence to an attempt.
SELECT a.bucket, a.id
  FROM attempt AS a
  LEFT JOIN payment AS p ON p.bucket = a.bucket AND p.id = a.payment_id
 WHERE p.id IS NULL
 UNION ALL
SELECT e.bucket, e.attempt_id
  FROM attempt_evidence AS e
  LEFT JOIN attempt AS a ON a.bucket = e.bucket AND a.id = e.attempt_id
 WHERE a.id IS NULL

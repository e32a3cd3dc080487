-- I-40: A customer has at most one trial in a product family.
SELECT s.bucket, s.customer_id, s.family, count(*) AS trials
  FROM invoice_line AS l
  JOIN invoice AS i ON i.bucket = l.bucket AND i.id = l.invoice_id
  JOIN subscription AS s ON s.bucket = i.bucket AND s.id = i.subscription_id
 WHERE l.kind = 'trial' AND i.state <> 'void'
 GROUP BY s.bucket, s.customer_id, s.family
HAVING count(*) > 1

-- I-40: A customer has at most one trial in a product family, and it is recorded as used up.
SELECT s.bucket, s.customer_id, s.family, count(*) AS trials,
       count(t.subscription_id) AS redeemed
  FROM invoice_line AS l
  JOIN invoice AS i ON i.bucket = l.bucket AND i.id = l.invoice_id
  JOIN subscription AS s ON s.bucket = i.bucket AND s.id = i.subscription_id
  LEFT JOIN trial_redemption AS t
    ON t.bucket = s.bucket AND t.customer_id = s.customer_id AND t.family = s.family
   AND t.subscription_id = s.id
 WHERE l.kind = 'trial' AND i.state <> 'void'
 GROUP BY s.bucket, s.customer_id, s.family
HAVING count(*) <> 1 OR count(t.subscription_id) <> 1

-- I-40: A customer has at most one trial in a product family, and it is recorded as used up.
SELECT s.bucket, s.customer_id, s.family, count(DISTINCT s.id) AS trials,
       count(DISTINCT t.subscription_id) AS redeemed
  FROM invoice_line AS l
  JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket
  JOIN subscription AS s ON s.id = i.subscription_id AND s.bucket = i.bucket
  LEFT JOIN trial_redemption AS t
    ON t.customer_id = s.customer_id AND t.bucket = s.bucket AND t.family = s.family
   AND t.subscription_id = s.id
 WHERE l.kind = 'trial' AND i.state <> 'void'
 GROUP BY s.bucket, s.customer_id, s.family
HAVING count(DISTINCT s.id) <> 1 OR count(DISTINCT t.subscription_id) <> 1

-- R-12: What is recognised for a month is booked once, of its category.
SELECT r.bucket, r.seller_code, r.currency, r.category, r.month, count(t.source_id) AS transfers
  FROM recognition AS r
  LEFT JOIN transfer AS t
    ON t.source_id = r.source_id AND t.bucket = r.bucket AND t.purpose = 'recognise'
   AND t.seller_code = r.seller_code AND t.currency = r.currency AND t.dim = r.category
 GROUP BY r.bucket, r.seller_code, r.currency, r.category, r.month
HAVING count(t.source_id) <> 1

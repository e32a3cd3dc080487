-- I-26: What is left of a customer's credit, and is on its way out, equals its transfers.
SELECT coalesce(g.bucket, s.bucket) AS bucket, coalesce(g.customer_id, s.customer_id) AS customer_id,
       coalesce(g.seller_code, s.seller_code) AS seller_code,
       coalesce(g.currency, s.currency) AS currency, g.remaining_minor, s.balance_minor
  FROM (SELECT h.bucket, h.customer_id, h.seller_code, h.currency,
               sum(h.amount_minor) AS remaining_minor
          FROM (SELECT l.bucket, l.customer_id, l.seller_code, l.currency,
                       l.remaining_minor AS amount_minor
                  FROM credit_lot AS l
                 UNION ALL
                SELECT f.bucket, f.customer_id, f.seller_code, f.currency, f.amount_minor
                  FROM refund AS f
                 WHERE f.cause = 'credit' AND f.state IN ('requested', 'sent', 'unknown')) AS h
         GROUP BY h.bucket, h.customer_id, h.seller_code, h.currency) AS g
  FULL JOIN (SELECT t.bucket, t.customer_id, t.seller_code, t.currency,
                    sum(CASE t.credit WHEN 'customer_credit' THEN t.amount_minor
                                      ELSE -t.amount_minor END) AS balance_minor
               FROM transfer AS t
              WHERE 'customer_credit' IN (t.debit, t.credit)
              GROUP BY t.bucket, t.customer_id, t.seller_code, t.currency) AS s
    ON s.bucket = g.bucket AND s.customer_id = g.customer_id AND s.seller_code = g.seller_code
   AND s.currency = g.currency
 WHERE coalesce(g.remaining_minor, 0) <> coalesce(s.balance_minor, 0) OR s.balance_minor < 0

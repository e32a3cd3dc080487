-- I-21: The books of a seller balance in every currency, and what is owed to us is the open claims.
SELECT coalesce(b.seller_code, o.seller_code) AS seller_code,
       coalesce(b.currency, o.currency) AS currency, coalesce(b.balance_minor, 0) AS balance_minor,
       coalesce(b.receivable_minor, 0) AS receivable_minor, coalesce(o.open_minor, 0) AS open_minor
  FROM (SELECT t.seller_code, t.currency, sum(f.amount_minor) AS balance_minor,
               sum(f.amount_minor) FILTER (WHERE f.account = 'receivable') AS receivable_minor
          FROM transfer AS t
         CROSS JOIN LATERAL (VALUES (t.debit, t.amount_minor), (t.credit, -t.amount_minor))
               AS f (account, amount_minor)
         GROUP BY t.seller_code, t.currency) AS b
  FULL JOIN (SELECT i.seller_code, i.currency,
                    sum(i.total_minor - coalesce(a.settled_minor, 0)) AS open_minor
               FROM invoice AS i
               LEFT JOIN (SELECT n.bucket, n.invoice_id, sum(n.amount_minor) AS settled_minor
                            FROM allocation AS n
                           GROUP BY n.bucket, n.invoice_id) AS a
                 ON a.invoice_id = i.id AND a.bucket = i.bucket
              WHERE i.state = 'open'
              GROUP BY i.seller_code, i.currency) AS o
    ON o.seller_code = b.seller_code AND o.currency = b.currency
 WHERE coalesce(b.balance_minor, 0) <> 0
    OR coalesce(b.receivable_minor, 0) <> coalesce(o.open_minor, 0)

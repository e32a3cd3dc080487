-- I-105: What is in transit is what was announced, and neither the bank nor the provider has.
SELECT coalesce(p.currency, t.currency) AS currency, p.open_minor, t.transit_minor
  FROM (SELECT o.currency,
               sum(CASE WHEN f.state = 'imported' THEN o.amount_minor ELSE 0 END
                   - coalesce(o.bank_minor, 0) - coalesce(o.reversed_minor, 0)) AS open_minor
          FROM payout AS o
          JOIN settlement_file AS f ON f.id = o.file_id
         GROUP BY o.currency) AS p
  FULL JOIN (SELECT n.currency,
                    sum(CASE n.debit WHEN 'in_transit' THEN n.amount_minor
                                     ELSE -n.amount_minor END) AS transit_minor
               FROM transfer AS n
              WHERE 'in_transit' IN (n.debit, n.credit)
              GROUP BY n.currency) AS t ON t.currency = p.currency
 WHERE coalesce(p.open_minor, 0) <> coalesce(t.transit_minor, 0)

-- name: trial_balance
-- What was debited and credited to every account up to an instant, of all dates or of some.
SELECT m.seller_code, m.currency, m.account, sum(m.debit)::bigint AS debit_minor,
       sum(m.credit)::bigint AS credit_minor
  FROM (SELECT t.seller_code, t.currency, t.debit AS account, sum(t.amount_minor) AS debit,
               0 AS credit
          FROM transfer AS t
         WHERE t.occurred_at <= %(at)s
           AND (%(month)s::date IS NULL
                OR (t.booked_on >= %(month)s
                    AND t.booked_on < (%(month)s + interval '1 month')::date))
         GROUP BY t.seller_code, t.currency, t.debit
         UNION ALL
        SELECT t.seller_code, t.currency, t.credit, 0, sum(t.amount_minor)
          FROM transfer AS t
         WHERE t.occurred_at <= %(at)s
           AND (%(month)s::date IS NULL
                OR (t.booked_on >= %(month)s
                    AND t.booked_on < (%(month)s + interval '1 month')::date))
         GROUP BY t.seller_code, t.currency, t.credit) AS m
 GROUP BY m.seller_code, m.currency, m.account
 ORDER BY m.seller_code, m.currency, m.account
 LIMIT 10000

-- name: due
-- What a collection would try now, by currency.
SELECT p.currency, count(*) AS payments, sum(p.amount_minor)::bigint AS amount_minor
  FROM payment AS p
 WHERE p.next_try_at <= %(now)s
 GROUP BY p.currency
 ORDER BY p.currency
 LIMIT 1000

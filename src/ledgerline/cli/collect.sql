-- name: due
-- What a collection would try now, by currency; what waits for its payer is not tried.
SELECT p.currency, count(*) AS payments, sum(p.amount_minor)::bigint AS amount_minor
  FROM payment AS p
 WHERE p.next_try_at <= %(now)s AND NOT p.awaits_payer
 GROUP BY p.currency
 ORDER BY p.currency
 LIMIT 1000

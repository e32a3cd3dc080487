-- name: due
-- What a collection would try now, and what it would give up, by currency.
SELECT p.currency, count(*) FILTER (WHERE NOT p.awaits_payer) AS payments,
       coalesce(sum(p.amount_minor) FILTER (WHERE NOT p.awaits_payer), 0)::bigint AS amount_minor,
       count(*) FILTER (WHERE p.awaits_payer) AS given_up
  FROM payment AS p
 WHERE p.next_try_at <= %(now)s
 GROUP BY p.currency
 ORDER BY p.currency
 LIMIT 1000

-- name: open_claims
-- What was refused and waits for another try, or for its payer until it is given up; by currency and
-- by what was said of the last refusal.
SELECT p.currency, coalesce(r.category, '') AS category, count(*) AS payments,
       sum(p.amount_minor - p.captured_minor)::bigint AS open_minor,
       count(*) FILTER (WHERE NOT p.awaits_payer) AS planned
  FROM payment AS p
  LEFT JOIN LATERAL (
       SELECT y.category
         FROM retry_plan AS y
        WHERE y.payment_id = p.id AND y.bucket = p.bucket AND y.attempt_id IS NOT NULL
        ORDER BY y.revision DESC
        LIMIT 1) AS r ON true
 WHERE p.next_try_at IS NOT NULL AND p.tries > 0
 GROUP BY p.currency, coalesce(r.category, '')
 ORDER BY count(*) DESC, p.currency, coalesce(r.category, '')

-- name: next_hours
-- How many payments a machine tries again in each hour (UTC); what is due already is of this one.
SELECT date_trunc('hour', greatest(p.next_try_at, %(now)s), 'UTC') AS hour, count(*) AS payments
  FROM payment AS p
 WHERE p.next_try_at < %(until)s AND p.tries > 0 AND NOT p.awaits_payer
 GROUP BY date_trunc('hour', greatest(p.next_try_at, %(now)s), 'UTC')
 ORDER BY date_trunc('hour', greatest(p.next_try_at, %(now)s), 'UTC')

-- name: next_payments
-- Which payments a machine tries again next; what is due already is tried now.
SELECT p.id, p.currency, p.amount_minor - p.captured_minor AS open_minor, p.tries,
       greatest(p.next_try_at, %(now)s) AS tried_at
  FROM payment AS p
 WHERE p.next_try_at IS NOT NULL AND p.tries > 0 AND NOT p.awaits_payer
 ORDER BY p.next_try_at, p.id
 LIMIT %(limit)s

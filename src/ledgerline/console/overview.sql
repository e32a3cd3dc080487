-- name: waiting_subscriptions
-- How many subscriptions stand in a state that somebody may want to look at.
SELECT s.state, count(*) AS subscriptions
  FROM subscription AS s
 WHERE s.state IN ('trialing', 'past_due', 'paused', 'incomplete') AND s.state <> 'active'
 GROUP BY s.state
 ORDER BY s.state

-- name: estimated
-- About how many subscriptions there are, as PostgreSQL counted last; below zero: never.
SELECT c.reltuples::bigint AS subscriptions FROM pg_class AS c WHERE c.oid = 'subscription'::regclass

-- name: open_claims
-- What is being collected, by currency.
SELECT p.currency, count(*) AS payments, sum(p.amount_minor)::bigint AS amount_minor
  FROM payment AS p
 WHERE p.state = 'processing'
 GROUP BY p.currency
 ORDER BY count(*) DESC, p.currency

-- name: authorised
-- How the newest attempts ended, by merchant account.
SELECT n.psp_account, count(*) AS attempts,
       count(*) FILTER (WHERE n.state = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE n.state = 'declined') AS declined,
       count(*) FILTER (WHERE n.state NOT IN ('succeeded', 'declined')) AS others
  FROM (SELECT a.psp_account, a.state
          FROM attempt AS a
         ORDER BY a.id DESC
         LIMIT %(limit)s) AS n
 GROUP BY n.psp_account
 ORDER BY count(*) DESC, n.psp_account

-- name: open_exceptions
-- How many exceptions are open, by reason.
SELECT x.reason, count(*) AS exceptions, min(x.opened_at) AS oldest
  FROM money_exception AS x
 WHERE x.closed_at IS NULL
 GROUP BY x.reason
 ORDER BY count(*) DESC, x.reason

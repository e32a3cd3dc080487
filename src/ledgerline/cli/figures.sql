-- name: subscriptions
-- Subscriptions by state.
SELECT state AS name, count(*) AS number FROM subscription GROUP BY state ORDER BY state

-- name: invoices
-- Invoices by state.
SELECT state AS name, count(*) AS number FROM invoice GROUP BY state ORDER BY state

-- name: documents
-- Documents by kind.
SELECT d.name, d.number
  FROM (SELECT 'customers' AS name, count(*) AS number FROM customer
         UNION ALL
        SELECT 'receipts', count(*) FROM receipt WHERE kind = 'payment'
         UNION ALL
        SELECT 'refund receipts', count(*) FROM receipt WHERE kind = 'refund'
         UNION ALL
        SELECT 'refund reversals', count(*) FROM receipt WHERE kind = 'reversal'
         UNION ALL
        SELECT 'credit notes', count(*) FROM credit_note
         UNION ALL
        SELECT 'numbers', count(*) FROM document_number
         UNION ALL
        SELECT 'events', count(*) FROM event
         UNION ALL
        SELECT 'transfers', count(*) FROM transfer) AS d (name, number)

-- name: providers
-- How each merchant account did: attempts that ended, and those that may still.
SELECT a.psp_account AS provider,
       count(*) FILTER (WHERE a.state = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE a.state = 'declined') AS declined,
       count(*) FILTER (WHERE a.state = 'not_executed') AS not_executed,
       count(*) FILTER (WHERE a.evidence_no IS NULL) AS in_flight,
       coalesce(1000 * count(*) FILTER (WHERE a.state = 'succeeded')
                / nullif(count(*) FILTER (WHERE a.state IN ('succeeded', 'declined')), 0), 0)
           AS authorised_per_mille
  FROM attempt AS a
 GROUP BY a.psp_account
 ORDER BY a.psp_account
 LIMIT 100

-- name: recovery
-- Payments that succeeded, and those of them that needed more than one try.
SELECT count(*) FILTER (WHERE p.state = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE p.state = 'succeeded' AND p.tries > 1) AS recovered,
       count(*) FILTER (WHERE p.state = 'failed') AS failed,
       count(*) FILTER (WHERE p.state = 'processing') AS processing
  FROM payment AS p

-- name: mrr
-- What was billed for the last day of each month, per month of service, by currency.
SELECT to_char(m.day, 'YYYY-MM') AS month, l.currency,
       (sum(l.unit_num::numeric / l.unit_den * l.quantity * CASE p.cadence_unit WHEN 'year' THEN 12 ELSE 12 * 12 END
            / p.cadence_count) / 144)::bigint AS mrr_minor
  FROM (SELECT (s.first + interval '1 month' - interval '1 day')::date AS day
          FROM generate_series((SELECT date_trunc('month', min(issued_at)) FROM invoice),
                               (SELECT date_trunc('month', max(issued_at)) FROM invoice),
                               interval '1 month') AS s (first)) AS m (day)
  JOIN invoice_line AS l
    ON l.kind = 'recurring' AND l.period_start <= m.day AND m.day < l.period_end
  JOIN invoice AS i ON i.bucket = l.bucket AND i.id = l.invoice_id 
   AND (i.state = 'paid' OR i.state = 'open' AND i.cause = 'renewal')
  JOIN plan AS p ON p.code = l.plan_code AND p.cadence_unit IN ('month', 'year')
 WHERE NOT EXISTS (
       SELECT FROM line_credit AS c
         JOIN credit_note AS n ON n.bucket = c.bucket AND n.id = c.credit_note_id
        WHERE c.period_start = l.period_start AND c.bucket = l.bucket
          AND c.subscription_id = l.subscription_id AND c.item_no = l.item_no
          AND c.kind = l.kind AND n.reason IN ('plan_changed', 'canceled')
          AND c.credit_start <= m.day)
 GROUP BY m.day, l.currency
 ORDER BY m.day, l.currency
 LIMIT 10000

-- name: trial_balance
-- Debits, credits and balance of each account up to an instant, by seller and currency; of all
-- dates or of some.
SELECT f.seller_code AS seller, f.currency, f.account,
       sum(f.debit)::bigint AS debit_minor, sum(f.credit)::bigint AS credit_minor,
       sum(f.debit - f.credit)::bigint AS balance_minor
  FROM transfer AS t
 CROSS JOIN LATERAL (
       VALUES (t.seller_code, t.currency, t.debit, t.amount_minor, 0),
              (t.seller_code, t.currency, t.credit, 0, t.amount_minor))
       AS f (seller_code, currency, account, debit, credit)
 WHERE (%(at)s::timestamptz IS NULL OR t.occurred_at <= %(at)s)
   AND (%(month)s::date IS NULL
        OR (t.booked_on >= %(month)s AND t.booked_on < (%(month)s + interval '1 month')::date))
 GROUP BY f.seller_code, f.currency, f.account
 ORDER BY f.seller_code, f.currency, f.account
 LIMIT 10000

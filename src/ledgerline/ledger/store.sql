-- name: add_transfers
-- Append transfers, in bulk.
COPY transfer ({TransferRow}) FROM STDIN (FORMAT BINARY)

-- name: read_credit
-- The credit balances of some customers; unlocked, a hint for planning.
SELECT {CreditRow:b}
  FROM credit_balance AS b
  JOIN unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[]) AS c (bucket, customer_id)
    ON b.bucket = c.bucket AND b.customer_id = c.customer_id
 ORDER BY b.bucket, b.customer_id, b.seller_code, b.currency

-- name: lock_credit
-- locks: credit_account
-- The same, locked until the transaction ends.
SELECT {CreditRow:b}
  FROM credit_balance AS b
  JOIN unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[]) AS c (bucket, customer_id)
    ON b.bucket = c.bucket AND b.customer_id = c.customer_id
 ORDER BY b.bucket, b.customer_id, b.seller_code, b.currency
   FOR NO KEY UPDATE OF b

-- name: change_credit
-- locks: credit_account
-- Add signed amounts to credit balances, one element a customer; the CHECK refuses a negative one.
-- What lowers a balance is an UPDATE: the CHECK sees the row an INSERT proposes before any conflict.
WITH c AS (
     SELECT n.bucket, n.customer_id, n.seller_code, n.currency,
            sum(n.amount_minor)::bigint AS amount_minor
       FROM unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[], %(seller_codes)s::text[],
                   %(currencies)s::text[], %(amounts_minor)s::bigint[])
            AS n (bucket, customer_id, seller_code, currency, amount_minor)
      GROUP BY n.bucket, n.customer_id, n.seller_code, n.currency),
     lowered AS (
     UPDATE credit_balance AS b
        SET balance_minor = b.balance_minor + c.amount_minor
       FROM c
      WHERE c.amount_minor < 0 AND b.bucket = c.bucket AND b.customer_id = c.customer_id
        AND b.seller_code = c.seller_code AND b.currency = c.currency
  RETURNING b.bucket, b.customer_id, b.seller_code, b.currency)
INSERT INTO credit_balance AS b (bucket, customer_id, seller_code, currency, balance_minor)
SELECT c.bucket, c.customer_id, c.seller_code, c.currency, c.amount_minor
  FROM c
 WHERE NOT EXISTS (
       SELECT FROM lowered AS l
        WHERE l.bucket = c.bucket AND l.customer_id = c.customer_id
          AND l.seller_code = c.seller_code AND l.currency = c.currency)
 ORDER BY c.bucket, c.customer_id, c.seller_code, c.currency
    ON CONFLICT ON CONSTRAINT credit_balance_pk
    DO UPDATE SET balance_minor = b.balance_minor + excluded.balance_minor

-- name: read_issued
-- What some invoices posted when they were issued.
SELECT {TransferRow:t}
  FROM transfer AS t
  JOIN unnest(%(buckets)s::smallint[], %(source_ids)s::uuid[]) AS s (bucket, source_id)
    ON t.bucket = s.bucket AND t.source_id = s.source_id
 WHERE t.purpose IN ('issue_net', 'issue_tax', 'credit_used')
 ORDER BY t.bucket, t.source_id, t.purpose, t.n

-- name: read_recognitions
-- What a month has been recognised for.
SELECT {RecognitionRow:r}
  FROM recognition AS r
 WHERE r.month = %(month)s

-- name: add_recognitions
-- Name the sources of what a month earned; a second one of the same month is refused.
COPY recognition ({RecognitionRow}) FROM STDIN (FORMAT BINARY)

-- name: read_closed
-- The last closed month of each seller.
SELECT p.seller_code, max(p.month) AS month
  FROM ledger_period AS p
 WHERE p.state = 'closed'
 GROUP BY p.seller_code
 LIMIT 1000

-- name: read_period
-- One month of a seller's books.
SELECT {PeriodRow:p}
  FROM ledger_period AS p
 WHERE p.seller_code = %(seller_code)s AND p.month = %(month)s

-- name: close_period
-- Close a month that nobody has closed.
INSERT INTO ledger_period ({PeriodRow})
VALUES (%(seller_code)s, %(month)s, %(state)s, %(closed_at)s)
    ON CONFLICT ON CONSTRAINT ledger_period_pk DO NOTHING

-- name: read_first_open_day
-- The first day with transfers that lies behind what is closed and before a date.
SELECT min(t.booked_on) AS booked_on
  FROM transfer AS t
 WHERE t.seller_code = %(seller_code)s AND t.booked_on < %(before)s
   AND (%(closed_through)s::date IS NULL OR t.booked_on > %(closed_through)s)

-- name: read_turnover
-- What a seller booked in a span of days, by currency and account.
SELECT m.currency, m.account, sum(m.debit)::bigint AS debit_minor,
       sum(m.credit)::bigint AS credit_minor
  FROM (SELECT t.currency, a.account,
               CASE WHEN a.account = t.debit THEN t.amount_minor ELSE 0 END AS debit,
               CASE WHEN a.account = t.credit THEN t.amount_minor ELSE 0 END AS credit
          FROM transfer AS t
         CROSS JOIN LATERAL (VALUES (t.debit), (t.credit)) AS a (account)
         WHERE t.seller_code = %(seller_code)s
           AND t.booked_on >= %(start)s AND t.booked_on < %(end)s) AS m
 GROUP BY m.currency, m.account
 ORDER BY m.currency, m.account
 LIMIT 1000

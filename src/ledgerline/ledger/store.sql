-- name: add_transfers
-- Append transfers, in bulk.
COPY transfer ({TransferRow}) FROM STDIN (FORMAT BINARY)

-- name: count_transfers
-- How often a source has moved something.
SELECT count(*)::integer AS transfers
  FROM transfer AS t
 WHERE t.source_id = %(source_id)s AND t.bucket = %(bucket)s

-- name: read_credit
-- The credit of some customers, by seller and currency; unlocked, a hint for planning.
SELECT c.bucket, c.customer_id, l.seller_code, l.currency, l.balance_minor
  FROM (SELECT DISTINCT n.bucket, n.customer_id  -- of whom several invoices are at hand
          FROM unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[]) AS n (bucket, customer_id)
         ORDER BY n.bucket, n.customer_id) AS c
 CROSS JOIN LATERAL (
       SELECT k.seller_code, k.currency, sum(k.remaining_minor)::bigint AS balance_minor
         FROM credit_lot AS k
        WHERE k.customer_id = c.customer_id AND k.bucket = c.bucket AND k.remaining_minor > 0
        GROUP BY k.seller_code, k.currency) AS l

-- name: read_lots
-- The lots of a customer with something left; unlocked, to know where they came from.
SELECT {LotRow:k}
  FROM credit_lot AS k
 WHERE k.customer_id = %(customer_id)s AND k.bucket = %(bucket)s AND k.remaining_minor > 0
 ORDER BY k.id
 LIMIT 1000

-- name: find_lots
-- Some lots of a bucket, whatever is left of them; unlocked.
SELECT {LotRow:k}
  FROM credit_lot AS k
 WHERE k.id = ANY(%(ids)s::uuid[]) AND k.bucket = %(bucket)s
 ORDER BY k.id
 LIMIT 1000

-- name: lock_lots
-- locks: credit_account
-- The lots of some customers with something left, locked until the transaction ends: one customer
-- after another, each from the oldest lot on.
SELECT {LotRow:l}
  FROM (SELECT DISTINCT n.bucket, n.customer_id  -- of whom several invoices are at hand
          FROM unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[]) AS n (bucket, customer_id)
         ORDER BY n.bucket, n.customer_id) AS c
 CROSS JOIN LATERAL (
       SELECT {LotRow:k}
         FROM credit_lot AS k
        WHERE k.customer_id = c.customer_id AND k.bucket = c.bucket AND k.remaining_minor > 0
        ORDER BY k.id
          FOR NO KEY UPDATE) AS l

-- name: lock_lots_of_notes
-- locks: credit_account
-- The lots of a customer that some credit notes gave, whatever is left of them, locked until the
-- transaction ends.
SELECT {LotRow:k}
  FROM credit_lot AS k
 WHERE k.customer_id = %(customer_id)s AND k.bucket = %(bucket)s
   AND k.source_id = ANY(%(note_ids)s::uuid[])
 ORDER BY k.id
   FOR NO KEY UPDATE

-- name: add_lots
-- Give customers credit.
COPY credit_lot ({LotRow})
  FROM STDIN (FORMAT BINARY)

-- name: draw_lots
-- locks: credit_account
-- Lower lots; the CHECK refuses a negative one.
UPDATE credit_lot AS l
   SET remaining_minor = l.remaining_minor - n.amount_minor
  FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(amount_minor)s::bigint[])
       AS n (bucket, id, amount_minor)
 WHERE l.id = n.id AND l.bucket = n.bucket

-- name: return_to_lots
-- locks: credit_account
-- Put back what was drawn; the CHECK refuses more than there was.
UPDATE credit_lot AS l
   SET remaining_minor = l.remaining_minor + n.amount_minor
  FROM (SELECT r.bucket, r.id, sum(r.amount_minor)::bigint AS amount_minor
          FROM unnest(%(bucket)s::smallint[], %(id)s::uuid[], %(amount_minor)s::bigint[])
               AS r (bucket, id, amount_minor)
         GROUP BY r.bucket, r.id) AS n
 WHERE l.id = n.id AND l.bucket = n.bucket

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

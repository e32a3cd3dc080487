-- name: accounts
-- The chart of accounts.
SELECT a.code, a.kind FROM account AS a ORDER BY a.kind, a.code

-- name: transfers
-- The newest transfers, of all accounts or of one among the newest; with what caused each.
SELECT t.bucket, t.source_id, t.purpose, t.seller_code, t.customer_id, t.currency, t.amount_minor,
       t.debit, t.credit, t.booked_on, coalesce(a.payment_id, r.payment_id) AS payment_id,
       coalesce(i.id, n.invoice_id) AS invoice_id
  FROM (SELECT x.*
          FROM (SELECT m.*
                  FROM transfer AS m
                 WHERE m.source_id < %(before)s
                 ORDER BY m.source_id DESC, m.bucket DESC, m.purpose DESC, m.n DESC
                 LIMIT %(looked)s) AS x
         WHERE %(account)s::text IS NULL OR %(account)s IN (x.debit, x.credit)
         ORDER BY x.source_id DESC, x.purpose, x.n
         LIMIT %(limit)s) AS t
  LEFT JOIN attempt AS a ON a.id = t.source_id AND a.bucket = t.bucket
  LEFT JOIN refund AS r ON r.id = t.source_id AND r.bucket = t.bucket
  LEFT JOIN invoice AS i ON i.id = t.source_id AND i.bucket = t.bucket
  LEFT JOIN credit_note AS n ON n.id = t.source_id AND n.bucket = t.bucket
 ORDER BY t.source_id DESC, t.purpose, t.n

-- name: estimated
-- About how many transfers there are, as PostgreSQL counted last; below zero: never.
SELECT c.reltuples::bigint AS transfers FROM pg_class AS c WHERE c.oid = 'transfer'::regclass

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

-- name: read_recognitions
-- What a month has been recognised for.
SELECT r.bucket, r.seller_code, r.currency, r.month, r.source_id
  FROM recognition AS r
 WHERE r.month = %(month)s

-- name: add_recognitions
-- Name the sources of what a month earned; a second one of the same month is refused.
COPY recognition (bucket, seller_code, currency, month, source_id) FROM STDIN (FORMAT BINARY)

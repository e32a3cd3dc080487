-- name: trial_balance
-- What was debited and credited to every account up to an instant, of all dates or of some.
SELECT m.seller_code, m.currency, m.account, sum(m.debit)::bigint AS debit_minor,
       sum(m.credit)::bigint AS credit_minor
  FROM (SELECT t.seller_code, t.currency, t.debit AS account, sum(t.amount_minor) AS debit,
               0 AS credit
          FROM transfer AS t
         WHERE t.occurred_at <= %(at)s
           AND (%(month)s::date IS NULL
                OR (t.booked_on >= %(month)s
                    AND t.booked_on < (%(month)s + interval '1 month')::date))
         GROUP BY t.seller_code, t.currency, t.debit
         UNION ALL
        SELECT t.seller_code, t.currency, t.credit, 0, sum(t.amount_minor)
          FROM transfer AS t
         WHERE t.occurred_at <= %(at)s
           AND (%(month)s::date IS NULL
                OR (t.booked_on >= %(month)s
                    AND t.booked_on < (%(month)s + interval '1 month')::date))
         GROUP BY t.seller_code, t.currency, t.credit) AS m
 GROUP BY m.seller_code, m.currency, m.account
 ORDER BY m.seller_code, m.currency, m.account
 LIMIT 10000

-- name: credit
-- The credit of some customers, by seller and currency; who has none has no row.
SELECT c.customer_id, l.seller_code, l.currency, l.balance_minor
  FROM unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[]) AS c (bucket, customer_id)
 CROSS JOIN LATERAL (
       SELECT k.seller_code, k.currency, sum(k.remaining_minor)::bigint AS balance_minor
         FROM credit_lot AS k
        WHERE k.customer_id = c.customer_id AND k.bucket = c.bucket AND k.remaining_minor > 0
        GROUP BY k.seller_code, k.currency) AS l
 ORDER BY c.customer_id, l.seller_code, l.currency

-- name: lots
-- A page of what gave a customer credit, newest first.
SELECT {LotView:k}
  FROM credit_lot AS k
 WHERE k.customer_id = %(customer_id)s AND k.bucket = %(bucket)s AND k.id < %(before)s
 ORDER BY k.id DESC
 LIMIT %(limit)s

-- name: lot_uses
-- What invoices and pay-outs took of some lots of one customer, oldest first; said as the indexes of
-- lots say it.
SELECT u.lot_id, u.invoice_id, u.refund_id, u.amount_minor, u.effective_on
  FROM (SELECT a.source_id AS lot_id, a.invoice_id, NULL::uuid AS refund_id, a.no, a.amount_minor,
               a.effective_on
          FROM unnest(%(lot_ids)s::uuid[]) AS n (lot_id)
          JOIN allocation AS a
            ON a.source_id = n.lot_id AND a.bucket = %(bucket)s AND a.source_kind || '' = 'credit'
         UNION ALL
        SELECT d.lot_id, NULL::uuid, d.refund_id, 0::smallint, d.amount_minor,
               (f.sent_at AT TIME ZONE 'UTC')::date
          FROM unnest(%(lot_ids)s::uuid[]) AS n (lot_id)
          JOIN refund_draw AS d ON d.lot_id = n.lot_id AND d.bucket = %(bucket)s
          JOIN refund AS f ON f.id = d.refund_id AND f.bucket = %(bucket)s
         WHERE f.state NOT IN ('failed', 'reversed')) AS u
 ORDER BY u.lot_id, coalesce(u.invoice_id, u.refund_id), u.no

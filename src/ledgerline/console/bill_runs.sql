-- name: due
-- How many subscriptions are due, as far as they are counted: fifty of a bucket, one probe each.
SELECT count(*) AS subscriptions
  FROM (SELECT 1
          FROM generate_series(0, 4095) AS b (bucket)
         CROSS JOIN LATERAL (
               SELECT 1
                 FROM subscription AS s
                WHERE s.bucket = b.bucket AND s.next_bill_at <= %(now)s AND s.parked IS NULL
                LIMIT 50) AS d
         LIMIT %(limit)s) AS n

-- name: billed
-- What a run invoiced, by market: of the invoices whose ids lie between two instants.
SELECT n.market_code AS market, n.currency, count(*) AS invoices,
       sum(n.total_minor)::bigint AS total_minor
  FROM (SELECT i.market_code, i.currency, i.total_minor
          FROM invoice AS i
         WHERE i.id >= %(first)s AND i.id < %(last)s AND i.bill_run_id = %(id)s
         ORDER BY i.id
         LIMIT %(limit)s) AS n
 GROUP BY n.market_code, n.currency
 ORDER BY n.market_code, n.currency

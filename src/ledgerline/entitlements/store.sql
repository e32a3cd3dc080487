-- name: add_covers
-- Add cover, in bulk.
COPY cover ({CoverRow})
  FROM STDIN (FORMAT BINARY)

-- name: prove_covers
-- The invoice of a cover is paid: it lasts to the end of its period.
UPDATE cover AS c
   SET reason = 'paid', ends_at = c.paid_until
  FROM unnest(%(bucket)s::smallint[], %(invoice_id)s::uuid[]) AS n (bucket, invoice_id)
 WHERE c.invoice_id = n.invoice_id AND c.bucket = n.bucket

-- name: doubt_covers
-- What paid for a cover was taken back: it lasts as it would, and no longer counts as paid.
UPDATE cover AS c
   SET reason = 'grace'
 WHERE c.invoice_id = %(invoice_id)s AND c.bucket = %(bucket)s AND c.reason = 'paid'

-- name: extend_grace
-- What kept us from charging is no reason to end service: grace that lasts still, lasts longer.
UPDATE cover AS c
   SET ends_at = least(c.paid_until, c.ends_at + make_interval(secs => n.seconds))
  FROM unnest(%(bucket)s::smallint[], %(invoice_id)s::uuid[], %(seconds)s::integer[])
       AS n ({LongerRow})
 WHERE c.invoice_id = n.invoice_id AND c.bucket = n.bucket AND c.reason = 'grace'
   AND c.ends_at > %(now)s

-- name: read_paid
-- Which of some subscriptions have paid cover of their base beyond an instant; it is looked for in
-- the months in which such cover can have begun.
SELECT n.subscription_id
  FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[], %(ended_at)s::timestamptz[],
              %(first_month)s::integer[], %(last_month)s::integer[])
       AS n ({EndedCoverRow})
 CROSS JOIN LATERAL generate_series(n.first_month, n.last_month) AS m (month)
 CROSS JOIN LATERAL (
       SELECT c.ends_at
         FROM cover AS c
        WHERE ((c.starts_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5 = m.month
          AND c.bucket = n.bucket AND c.subscription_id = n.subscription_id
          AND c.component = 'base' AND c.reason = 'paid' AND c.ends_at > n.ended_at
        LIMIT 1) AS p
 GROUP BY n.subscription_id

-- name: end_covers
-- Service of a subscription ends at an instant: cut what lasts longer, drop what never began.
-- Its cover is looked for in the months from the first day on which such cover can have begun.
WITH held AS (
     SELECT m.month, n.bucket, n.subscription_id, n.ended_at
       FROM unnest(%(bucket)s::smallint[], %(subscription_id)s::uuid[],
                   %(ended_at)s::timestamptz[], %(first_month)s::integer[],
                   %(last_month)s::integer[])
            AS n (bucket, subscription_id, ended_at, first_month, last_month)
      CROSS JOIN LATERAL generate_series(n.first_month, n.last_month) AS m (month)),
     dropped AS (
     DELETE FROM cover AS c
      USING held AS n
      WHERE ((c.starts_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5 = n.month
        AND c.bucket = n.bucket AND c.subscription_id = n.subscription_id
        AND c.starts_at >= n.ended_at
        AND (%(components)s::text[] IS NULL OR c.component = ANY(%(components)s)))
UPDATE cover AS c
   SET ends_at = least(c.ends_at, n.ended_at), paid_until = n.ended_at
  FROM held AS n
 WHERE ((c.starts_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01') >> 5 = n.month
   AND c.bucket = n.bucket AND c.subscription_id = n.subscription_id
   AND c.starts_at < n.ended_at AND c.paid_until > n.ended_at
   AND (%(components)s::text[] IS NULL OR c.component = ANY(%(components)s))

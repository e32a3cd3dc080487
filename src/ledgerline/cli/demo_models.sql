-- name: fences
-- Below which fence every transaction has ended, and above which none has begun.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS done,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS begun

-- name: tries
-- The first tries of each customer's payments since a model decides, by whether it decided; those
-- of renewals that were refused, and how many of them are paid by now.
SELECT (d.learned ->> 'acts')::boolean AS is_models, count(*) AS tries,
       count(*) FILTER (WHERE a.state = 'succeeded') AS approved,
       count(*) FILTER (WHERE a.state = 'declined' AND a.initiator = 'merchant') AS refused,
       count(*) FILTER (WHERE a.state = 'declined' AND a.initiator = 'merchant'
                          AND p.state = 'succeeded') AS recovered
  FROM decision AS d
  JOIN attempt AS a ON a.id = d.subject_id AND a.bucket = d.bucket
  JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket
 WHERE d.kind = 'route' AND d.learned ->> 'mode' = 'on' AND d.learned ->> 'ignored' IS NULL
   AND a.ordinal = 1 AND a.state IN ('succeeded', 'declined')
 GROUP BY p.customer_id, (d.learned ->> 'acts')::boolean
 LIMIT 2000000

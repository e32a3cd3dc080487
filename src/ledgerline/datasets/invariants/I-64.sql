-- I-64: A lot of credit holds what its note gave, and has lost just what was paid with it, or out.
SELECT coalesce(g.bucket, a.bucket) AS bucket, coalesce(g.id, a.source_id) AS id,
       g.amount_minor - g.remaining_minor AS lost_minor, coalesce(a.used_minor, 0) AS used_minor
  FROM credit_lot AS g
  FULL JOIN (SELECT u.bucket, u.source_id, sum(u.amount_minor) AS used_minor
               FROM (SELECT n.bucket, n.source_id, n.amount_minor
                       FROM allocation AS n
                      WHERE n.source_kind = 'credit'
                      UNION ALL
                     SELECT d.bucket, d.lot_id, d.amount_minor
                       FROM refund_draw AS d
                       JOIN refund AS f ON f.id = d.refund_id AND f.bucket = d.bucket
                      WHERE f.state NOT IN ('failed', 'reversed')
                      UNION ALL
                     SELECT w.bucket, w.lot_id, w.amount_minor
                       FROM dispute_draw AS w) AS u
              GROUP BY u.bucket, u.source_id) AS a
    ON a.source_id = g.id AND a.bucket = g.bucket
 WHERE g.id IS NULL OR g.amount_minor - g.remaining_minor <> coalesce(a.used_minor, 0)
 UNION ALL
SELECT n.bucket, n.id, n.total_minor, coalesce(g.amount_minor, 0) + coalesce(a.settled_minor, 0)
  FROM credit_note AS n
  LEFT JOIN (SELECT l.bucket, l.source_id, sum(l.amount_minor) AS amount_minor
               FROM credit_lot AS l
              GROUP BY l.bucket, l.source_id) AS g ON g.source_id = n.id AND g.bucket = n.bucket
  LEFT JOIN (SELECT o.bucket, o.source_id, sum(o.amount_minor) AS settled_minor
               FROM allocation AS o
              WHERE o.source_kind = 'credit_note'
              GROUP BY o.bucket, o.source_id) AS a ON a.source_id = n.id AND a.bucket = n.bucket
 WHERE coalesce(g.amount_minor, 0) + coalesce(a.settled_minor, 0)
       <> CASE WHEN n.reason = 'refund' AND NOT EXISTS (  -- one that came back is credit after all
                    SELECT FROM refund AS f
                     WHERE f.credit_note_id = n.id AND f.bucket = n.bucket
                       AND f.state = 'reversed')
               THEN 0 ELSE n.total_minor END
 UNION ALL
SELECT g.bucket, g.id, g.amount_minor, NULL
  FROM credit_lot AS g
  LEFT JOIN credit_note AS n
    ON n.id = g.source_id AND n.bucket = g.bucket AND n.customer_id = g.customer_id
   AND n.seller_code = g.seller_code AND n.currency = g.currency
 WHERE n.id IS NULL

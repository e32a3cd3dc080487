-- I-63: An invoice is settled with just what its payments captured and no more than notes lowered it.
SELECT coalesce(a.bucket, p.bucket) AS bucket, coalesce(a.invoice_id, p.invoice_id) AS invoice_id,
       coalesce(a.source_id, p.id) AS source_id, a.settled_minor, p.captured_minor AS source_minor
  FROM (SELECT n.bucket, n.invoice_id, n.source_id, sum(n.amount_minor) AS settled_minor
          FROM allocation AS n
         WHERE n.source_kind = 'payment'
         GROUP BY n.bucket, n.invoice_id, n.source_id) AS a
  FULL JOIN (SELECT m.bucket, m.id, m.invoice_id, m.captured_minor
               FROM payment AS m
              WHERE m.captured_minor > 0) AS p
    ON p.id = a.source_id AND p.bucket = a.bucket AND p.invoice_id = a.invoice_id
 WHERE a.settled_minor IS DISTINCT FROM p.captured_minor
 UNION ALL
SELECT a.bucket, a.invoice_id, a.source_id, a.settled_minor, n.total_minor
  FROM (SELECT o.bucket, o.invoice_id, o.source_id, sum(o.amount_minor) AS settled_minor
          FROM allocation AS o
         WHERE o.source_kind = 'credit_note'
         GROUP BY o.bucket, o.invoice_id, o.source_id) AS a
  LEFT JOIN credit_note AS n
    ON n.id = a.source_id AND n.bucket = a.bucket AND n.invoice_id = a.invoice_id
 WHERE n.id IS NULL OR a.settled_minor NOT BETWEEN 1 AND n.total_minor
    OR (n.settles = 'receivable') <> (a.settled_minor > 0)
 UNION ALL
SELECT n.bucket, n.invoice_id, n.id, NULL, n.total_minor
  FROM credit_note AS n
 WHERE n.settles = 'receivable'
   AND NOT EXISTS (SELECT FROM allocation AS a
                    WHERE a.invoice_id = n.invoice_id AND a.bucket = n.bucket
                      AND a.source_kind = 'credit_note' AND a.source_id = n.id)

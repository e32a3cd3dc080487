-- I-116: What a dispute took of an invoice is owed again exactly as its books say.
SELECT d.bucket, d.id, a.settled_minor, t.owed_minor
  FROM dispute AS d
  LEFT JOIN (SELECT n.bucket, n.source_id, sum(n.amount_minor) AS settled_minor
               FROM allocation AS n
              WHERE n.source_kind = 'dispute'
              GROUP BY n.bucket, n.source_id) AS a
    ON a.source_id = d.id AND a.bucket = d.bucket
  LEFT JOIN (SELECT o.bucket, o.source_id,
                    sum(CASE o.debit WHEN 'receivable' THEN o.amount_minor
                                     ELSE -o.amount_minor END) AS owed_minor
               FROM transfer AS o
              WHERE o.purpose = 'dispute_reopen'
              GROUP BY o.bucket, o.source_id) AS t
    ON t.source_id = d.id AND t.bucket = d.bucket
 WHERE coalesce(a.settled_minor, 0) <> -coalesce(t.owed_minor, 0)

-- I-171: Credit that a dispute paid already is taken from the lot, and given back when it is won.
SELECT d.bucket, d.id, d.state, d.offset_minor, w.drawn_minor
  FROM dispute AS d
  LEFT JOIN (SELECT o.bucket, o.dispute_id, sum(o.amount_minor) AS drawn_minor
               FROM dispute_draw AS o
              GROUP BY o.bucket, o.dispute_id) AS w
    ON w.dispute_id = d.id AND w.bucket = d.bucket
 WHERE coalesce(w.drawn_minor, 0) <> d.offset_minor

-- I-111: What is disputed and lost of a payment is what its disputes hold and have lost.
SELECT p.bucket, p.id, p.disputed_minor, p.dispute_lost_minor, d.held_minor, d.lost_minor
  FROM payment AS p
  LEFT JOIN (SELECT o.bucket, o.payment_id,
                    sum(o.held_minor + o.offset_minor) FILTER (WHERE o.state NOT IN ('accepted', 'lost'))
                    AS held_minor,
                    sum(o.held_minor + o.offset_minor) FILTER (WHERE o.state IN ('accepted', 'lost')) AS lost_minor
               FROM dispute AS o
              GROUP BY o.bucket, o.payment_id) AS d
    ON d.payment_id = p.id AND d.bucket = p.bucket
 WHERE p.disputed_minor <> coalesce(d.held_minor, 0)
    OR p.dispute_lost_minor <> coalesce(d.lost_minor, 0)

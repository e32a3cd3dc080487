-- I-170: Who got back more of a payment than was captured is known to people, by its very disputes.
SELECT p.bucket, p.id, p.captured_minor, r.refunded_minor, g.gone_minor
  FROM payment AS p
  JOIN (SELECT d.bucket, d.payment_id, sum(f.taken_minor - f.given_minor) AS gone_minor
          FROM dispute AS d
          JOIN dispute_fact AS f ON f.dispute_id = d.id AND f.bucket = d.bucket
         GROUP BY d.bucket, d.payment_id) AS g
    ON g.payment_id = p.id AND g.bucket = p.bucket
  LEFT JOIN (SELECT o.bucket, o.payment_id, sum(o.amount_minor) AS refunded_minor
               FROM refund AS o
              WHERE o.state = 'succeeded' AND o.cause <> 'late_success'
              GROUP BY o.bucket, o.payment_id) AS r
    ON r.payment_id = p.id AND r.bucket = p.bucket
 WHERE g.gone_minor + coalesce(r.refunded_minor, 0) > p.captured_minor
   AND NOT EXISTS (SELECT FROM dispute AS d
                     JOIN money_exception AS x
                       ON x.subject_id = d.id AND x.bucket = d.bucket
                      AND x.reason = 'over_returned'
                    WHERE d.payment_id = p.id AND d.bucket = p.bucket)

-- I-112: What facts took and gave back of a dispute is what is gone of it, and no fact moves twice.
SELECT d.bucket, d.id, d.state, d.held_minor, d.over_minor, f.gone_minor
  FROM dispute AS d
  LEFT JOIN (SELECT o.bucket, o.dispute_id, sum(o.taken_minor - o.given_minor) AS gone_minor,
                    count(*) AS facts
               FROM dispute_fact AS o
              GROUP BY o.bucket, o.dispute_id) AS f
    ON f.dispute_id = d.id AND f.bucket = d.bucket
 WHERE coalesce(f.gone_minor, 0) <> d.held_minor + d.over_minor + d.offset_minor
    OR coalesce(f.facts, 0) <> d.fact_no

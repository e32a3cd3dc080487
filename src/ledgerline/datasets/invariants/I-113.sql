-- I-113: Money that went back by a refund and by a dispute was told to people.
SELECT d.bucket, d.id, d.state, d.over_minor
  FROM dispute AS d
 WHERE d.over_minor > 0
   AND NOT EXISTS (SELECT FROM money_exception AS x
                    WHERE x.subject_id = d.id AND x.bucket = d.bucket
                      AND x.reason = 'over_returned')

-- I-212: What a model was drawn by sums to 1,000,000, gives the chosen something, and is logged as it was.
WITH weighed AS (
     SELECT d.bucket, d.id, d.rule, sum(w.value::bigint) AS ppm, min(w.value::bigint) AS least,
            coalesce(sum(w.value::bigint) FILTER (WHERE w.key = d.learned ->> 'chosen'), 0)
                AS of_chosen,
            count(*) FILTER (
                WHERE d.rule = 'model' AND NOT EXISTS (
                      SELECT FROM jsonb_to_recordset(d.candidates) AS c (account text, ppm bigint)
                       WHERE c.account = w.key AND c.ppm = w.value::bigint)) AS otherwise
       FROM decision AS d
      CROSS JOIN LATERAL jsonb_each_text(d.learned -> 'ppm') AS w
      WHERE d.kind = 'route' AND d.learned ->> 'chosen' IS NOT NULL
      GROUP BY d.bucket, d.id, d.rule)
SELECT w.bucket, w.id AS decision_id, w.rule, w.ppm
  FROM weighed AS w
 WHERE w.ppm <> 1000000 OR w.least < 0 OR w.of_chosen = 0 OR w.otherwise <> 0

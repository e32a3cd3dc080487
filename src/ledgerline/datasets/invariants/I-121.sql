-- I-121: Propensities sum to 1,000,000, or to 0 where nothing could be chosen; what was no choice has 0.
WITH weighed AS (
     SELECT d.bucket, d.id, d.chosen, sum(w.ppm) AS ppm, min(w.ppm) AS least,
            coalesce(sum(w.ppm) FILTER (WHERE w.reason IS NOT NULL), 0) AS of_filtered,
            coalesce(sum(w.ppm) FILTER (
                     WHERE coalesce(w.account, w.choice, w.at) = d.chosen), 0) AS of_chosen
       FROM decision AS d
       LEFT JOIN LATERAL jsonb_to_recordset(d.candidates)
            AS w (account text, choice text, at text, ppm bigint, reason text) ON true
      GROUP BY d.bucket, d.id, d.chosen)
SELECT w.bucket, w.id AS decision_id, w.chosen, w.ppm
  FROM weighed AS w
 WHERE coalesce(w.ppm, 0) <> CASE WHEN w.chosen IS NULL THEN 0 ELSE 1000000 END
    OR w.least < 0 OR w.of_filtered <> 0 OR (w.chosen IS NOT NULL AND w.of_chosen = 0)

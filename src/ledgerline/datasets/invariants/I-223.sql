-- I-223: What a moment of a retry was drawn by sums to 1,000,000 over moments that rules allowed, and is logged as it was.
SELECT d.bucket, d.id AS decision_id, d.rule, d.chosen, c.ppm, c.of_chosen
  FROM decision AS d
 CROSS JOIN LATERAL (
       SELECT sum(m.ppm) AS ppm, sum(m.ppm) FILTER (WHERE m.at = d.chosen) AS of_chosen,
              count(*) FILTER (WHERE m.reason IS NULL) AS moments,
              bool_or(m.ppm < 0 OR m.reason IS NULL AND d.rule = 'model'
                      AND NOT d.learned -> 'chances' ? m.at) AS is_wrong
         FROM jsonb_to_recordset(d.candidates) AS m (at text, ppm bigint, reason text)) AS c
 WHERE d.kind = 'retry'
   AND (c.ppm <> CASE WHEN d.rule = 'end' THEN 0 ELSE 1000000 END OR c.is_wrong
        OR (d.rule = 'model'
            AND (c.of_chosen IS DISTINCT FROM (d.learned ->> 'drawn_ppm')::bigint OR c.of_chosen = 0
                 OR c.moments <> (SELECT count(*) FROM jsonb_object_keys(d.learned -> 'chances')))))

-- I-240: A plan is laid by the calendar of its market, or by that for models where one decided as it was laid.
SELECT r.bucket, r.payment_id, s.days, c.retry_days, c.learned_days, d.learned ->> 'acts' AS acts
  FROM retry_plan AS r
  JOIN collection_policy AS c
    ON c.market_code = r.market_code AND c.version = r.policy_version
  LEFT JOIN decision AS d ON d.id = r.decision_id AND d.bucket = r.bucket
 CROSS JOIN LATERAL (
       SELECT jsonb_agg(e.slot -> 'day' ORDER BY e.no) AS days
         FROM jsonb_array_elements(r.slots) WITH ORDINALITY AS e (slot, no)) AS s
 WHERE r.revision = 1
   AND s.days IS DISTINCT FROM
       CASE WHEN (d.learned ->> 'acts')::boolean AND c.learned_days <> '[]'
            THEN c.learned_days ELSE c.retry_days END

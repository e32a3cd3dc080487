-- I-213: Every outcome that is known is counted once for models, and nothing else is.
WITH known AS (
     SELECT d.features ->> 'market' AS market, d.features ->> 'region' AS region,
            d.features ->> 'brand' AS brand, d.features ->> 'funding' AS funding,
            a.psp_account, count(*) AS tries,
            count(*) FILTER (WHERE e.outcome = 'succeeded') AS approved
       FROM attempt_evidence AS e
       JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
       JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
      WHERE e.no = 1 AND e.outcome IN ('succeeded', 'declined') AND d.features IS NOT NULL
        AND coalesce(a.category, '') NOT IN ('customer_canceled', 'duplicate', 'merchant_config')
        AND e.fence < (SELECT c.upto FROM router_cursor AS c)
      GROUP BY 1, 2, 3, 4, 5
), counted AS (
     SELECT r.market, r.region, r.brand, r.funding, r.psp_account, sum(r.tries) AS tries,
            sum(r.approved) AS approved
       FROM router_delta AS r
      GROUP BY 1, 2, 3, 4, 5
)
SELECT market, region, brand, funding, psp_account, k.tries AS known, c.tries AS counted
  FROM known AS k
  FULL JOIN counted AS c USING (market, region, brand, funding, psp_account)
 WHERE (k.tries, k.approved) IS DISTINCT FROM (c.tries, c.approved)

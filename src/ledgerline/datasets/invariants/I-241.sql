-- I-241: What models believed of tries, and what came of them, is added up once, by week of the decision.
WITH told AS (
     SELECT 'routing' AS kind, d.decided_at, e.outcome,
            (1000000 / (1 + exp(-t.milli / 1000)))::bigint AS believed
       FROM attempt_evidence AS e
       JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
       JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
      CROSS JOIN LATERAL (
            SELECT greatest(least(sum(n.value::numeric), 20000), -20000) AS milli
              FROM jsonb_each_text(d.learned -> 'terms' -> a.psp_account) AS n
            HAVING count(*) > 0) AS t
      WHERE e.no = 1 AND e.fence < (SELECT c.upto FROM router_cursor AS c)
        AND d.kind = 'route' AND right(d.features ->> 'brand', 6) <> ' again'
        AND e.outcome IN ('succeeded', 'declined')
        AND coalesce(a.category, '') NOT IN ('customer_canceled', 'duplicate', 'merchant_config')
     UNION ALL
     SELECT 'retry', d.decided_at, e.outcome,
            (d.learned -> 'chances' ->> (d.learned ->> CASE WHEN (d.learned ->> 'acts')::boolean
                                                            THEN 'chosen' ELSE 'fixed' END))::bigint
       FROM attempt_evidence AS e
       JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
       JOIN attempt AS b
         ON b.payment_id = a.payment_id AND b.bucket = a.bucket AND b.ordinal = a.ordinal - 1
       JOIN retry_plan AS r
         ON r.payment_id = b.payment_id AND r.bucket = b.bucket AND r.attempt_id = b.id
       JOIN decision AS d ON d.id = r.decision_id AND d.bucket = r.bucket
      WHERE e.no = 1 AND e.fence < (SELECT c.upto FROM router_cursor AS c)
        AND a.initiator = 'merchant' AND r.tries = 1 AND e.outcome IN ('succeeded', 'declined')
), known AS (
     SELECT t.kind, date_trunc('week', t.decided_at AT TIME ZONE 'UTC')::date AS week,
            least(t.believed / 100000, 9) AS tenth, count(*) AS tries, sum(t.believed) AS believed,
            count(*) FILTER (WHERE t.outcome = 'succeeded') AS good
       FROM told AS t
      WHERE t.believed IS NOT NULL
      GROUP BY 1, 2, 3
)
SELECT kind, week, tenth, k.tries AS known, b.tries AS told
  FROM known AS k
  FULL JOIN model_belief AS b USING (kind, week, tenth)
 WHERE week > coalesce((SELECT max(n.week) - 140 FROM model_belief AS n), '-infinity')
   AND (k.tries, k.believed, k.good) IS DISTINCT FROM (b.tries, b.believed, b.good)

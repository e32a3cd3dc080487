-- I-231: What came of first tries about which a model was believed is added up once, by whether it decided.
WITH told AS (
     SELECT 'routing' AS kind, 0 AS version, d.features, d.learned, d.decided_at, e.bucket, e.outcome
       FROM attempt_evidence AS e
       JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
       JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
      WHERE e.no = 1 AND e.fence < (SELECT c.upto FROM router_cursor AS c)
        AND d.learned ->> 'chosen' IS NOT NULL AND right(d.features ->> 'brand', 6) <> ' again'
     UNION ALL
     SELECT 'retry', (d.learned ->> 'version')::integer, d.features, d.learned, d.decided_at,
            e.bucket, e.outcome
       FROM attempt_evidence AS e
       JOIN attempt AS a ON a.id = e.attempt_id AND a.bucket = e.bucket
       JOIN attempt AS b
         ON b.payment_id = a.payment_id AND b.bucket = a.bucket AND b.ordinal = a.ordinal - 1
       JOIN retry_plan AS r
         ON r.payment_id = b.payment_id AND r.bucket = b.bucket AND r.attempt_id = b.id
       JOIN decision AS d ON d.id = r.decision_id AND d.bucket = r.bucket
      WHERE e.no = 1 AND e.fence < (SELECT c.upto FROM router_cursor AS c)
        AND a.initiator = 'merchant' AND r.tries = 1 AND d.learned ->> 'chosen' IS NOT NULL
), known AS (
     SELECT t.kind, m.seller_code, s.no, t.version, (t.learned ->> 'acts')::boolean AS acts,
            t.bucket / 8 AS cell, count(*) AS tries,
            count(*) FILTER (WHERE t.outcome = 'succeeded') AS good
       FROM told AS t
       JOIN market AS m ON m.code = t.features ->> 'market'
       JOIN LATERAL (
            SELECT w.no, w.mode, w.percent
              FROM model_switch AS w
             WHERE w.kind = t.kind AND w.seller_code = m.seller_code AND w.changed_at <= t.decided_at
             ORDER BY w.no DESC
             LIMIT 1) AS s
         ON s.mode = t.learned ->> 'mode' AND s.percent = (t.learned ->> 'percent')::smallint
      GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT kind, seller_code, no, version, acts, cell, k.tries AS known, t.tries AS told
  FROM known AS k
  FULL JOIN model_tally AS t USING (kind, seller_code, no, version, acts, cell)
 WHERE (k.tries, k.good) IS DISTINCT FROM (t.tries, t.good)

-- I-239: A plan is stopped as unlikely only by a model that decides for its customer, after a try in vain.
WITH stopped AS (
     SELECT r.bucket, r.payment_id, r.revision, r.tries, r.track, r.decision_id
       FROM retry_plan AS r
       LEFT JOIN retry_plan AS b
         ON b.payment_id = r.payment_id AND b.bucket = r.bucket AND b.revision = r.revision - 1
      WHERE r.slots @> '[{"why": "unlikely"}]'
        AND (b.slots @> '[{"why": "unlikely"}]') IS NOT TRUE
), told AS (
     SELECT s.bucket, s.payment_id, s.revision, s.tries, s.track, d.learned, m.version,
            sha256(CASE WHEN d.learned ? 'explores' THEN '\x726574727900'::bytea  -- retry
                        ELSE '\x6d6f64656c00'::bytea END  -- model: as it was drawn before
                   || convert_to(p.customer_id::text, 'UTF8')) AS digest
       FROM stopped AS s
       JOIN payment AS p ON p.id = s.payment_id AND p.bucket = s.bucket
       LEFT JOIN decision AS d ON d.id = s.decision_id AND d.bucket = s.bucket
       LEFT JOIN retry_model AS m ON m.version = (d.learned ->> 'version')::integer
)
SELECT t.bucket, t.payment_id, t.revision, t.tries, t.track, t.version, t.learned ->> 'percent' AS percent
  FROM told AS t
 CROSS JOIN LATERAL (  -- the first eight bytes as a whole number, by a hundred
       SELECT mod(('x' || encode(substr(t.digest, 1, 4), 'hex'))::bit(32)::bigint * 96
                  + ('x' || encode(substr(t.digest, 5, 4), 'hex'))::bit(32)::bigint, 100) AS no)
       AS place
 WHERE t.track <> 'end' OR t.tries < 2 OR t.version IS NULL
    OR (t.learned ->> 'stops')::boolean IS NOT TRUE
    OR (t.learned ->> 'acts')::boolean IS NOT TRUE
    OR place.no >= least((t.learned ->> 'percent')::integer, 95)

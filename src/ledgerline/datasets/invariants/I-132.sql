-- I-132: A plan is only tightened: slots go or wait, none before its advice, and its end never nears.
WITH slot AS (
     SELECT r.bucket, r.payment_id, r.revision, r.payment_method_id, r.not_before, s.day, s.at,
            s.why NOT IN ('used', 'forbidden', 'once', 'cap', 'scheme', 'unlikely') AS is_open
       FROM retry_plan AS r
      CROSS JOIN LATERAL jsonb_to_recordset(r.slots) AS s (day integer, at timestamptz, why text))
SELECT s.bucket, s.payment_id, s.revision, s.day, s.at, s.not_before
  FROM slot AS s
  LEFT JOIN slot AS b
    ON b.payment_id = s.payment_id AND b.bucket = s.bucket AND b.revision = s.revision - 1
   AND b.day = s.day AND b.payment_method_id = s.payment_method_id
 WHERE s.is_open AND (s.at < s.not_before OR NOT b.is_open OR s.at < b.at)
 UNION ALL
SELECT r.bucket, r.payment_id, r.revision, NULL, r.ends_at, b.ends_at
  FROM retry_plan AS r
  LEFT JOIN retry_plan AS b
    ON b.payment_id = r.payment_id AND b.bucket = r.bucket AND b.revision = r.revision - 1
 WHERE CASE WHEN r.revision = 1 THEN r.began_at <> r.planned_at
            ELSE (b.market_code, b.policy_version, b.tries_max, b.began_at)
                 IS DISTINCT FROM (r.market_code, r.policy_version, r.tries_max, r.began_at)
                 OR r.ends_at < b.ends_at END

-- I-55: An invoice names a version of its customer that was written before it was issued.
SELECT i.bucket, i.id, i.customer_id, i.customer_version, v.recorded_at
  FROM invoice AS i
  LEFT JOIN customer_version AS v
    ON v.customer_id = i.customer_id AND v.bucket = i.bucket AND v.version = i.customer_version
 WHERE v.version IS NULL
    -- Two transactions side by side read their clocks before they wait for each other's locks.
    OR v.recorded_at > i.issued_at + interval '1 minute'

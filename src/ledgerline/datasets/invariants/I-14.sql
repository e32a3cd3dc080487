-- I-14: A payment has succeeded exactly when one attempt has; it captured what that attempt moved.
SELECT p.bucket, p.id, p.state, p.captured_minor, coalesce(a.succeeded, 0) AS succeeded
  FROM payment AS p
  LEFT JOIN (SELECT t.bucket, t.payment_id, count(*) AS succeeded,
                    sum(t.amount_minor) AS moved_minor, min(t.id::text) AS id
               FROM attempt AS t
              WHERE t.state = 'succeeded'
                AND NOT EXISTS (SELECT FROM money_exception AS x  -- late money
                                WHERE x.subject_id = t.id AND x.bucket = t.bucket
                                  AND x.reason = 'late_success')
              GROUP BY t.bucket, t.payment_id) AS a
    ON a.bucket = p.bucket AND a.payment_id = p.id
 WHERE (p.state = 'succeeded') <> (coalesce(a.succeeded, 0) = 1)
    OR p.captured_minor <> coalesce(a.moved_minor, 0)
    OR (p.state = 'succeeded' AND p.settled_attempt_id::text IS DISTINCT FROM a.id)

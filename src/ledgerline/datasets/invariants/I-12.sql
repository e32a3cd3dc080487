-- I-12: Evidence that contradicts an ended attempt has opened an exception.
SELECT e.bucket, e.attempt_id, e.no, e.outcome
  FROM attempt_evidence AS e
 WHERE e.no > 1
   AND NOT EXISTS (SELECT FROM money_exception AS x
                    WHERE x.bucket = e.bucket AND x.subject_id = e.attempt_id)

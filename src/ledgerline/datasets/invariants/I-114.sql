-- I-114: A dispute that waits for an answer is on somebody's list until it is answered.
SELECT d.bucket, d.id, d.state, d.due_by
  FROM dispute AS d
 WHERE d.state IN ('warning', 'needs_response')
   AND NOT EXISTS (SELECT FROM money_exception AS x
                    WHERE x.subject_id = d.id AND x.bucket = d.bucket
                      AND x.reason = 'dispute_open' AND x.closed_at IS NULL)

-- I-10: An attempt ended with evidence that says how it ended, or it has not ended.
SELECT a.bucket, a.id, a.state, e.outcome
  FROM attempt AS a
  LEFT JOIN attempt_evidence AS e
    ON e.bucket = a.bucket AND e.attempt_id = a.id AND e.no = coalesce(a.evidence_no, 1)
 WHERE CASE WHEN a.state IN ('succeeded', 'declined', 'not_executed')
            THEN e.outcome IS DISTINCT FROM a.state
            ELSE e.outcome IS NOT NULL END

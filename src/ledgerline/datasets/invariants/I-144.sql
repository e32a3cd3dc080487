-- I-144: What people still propose to end has not ended.
SELECT o.bucket, o.id, o.subject_id, coalesce(a.state, r.state) AS state
  FROM evidence_proposal AS o
  LEFT JOIN attempt AS a ON a.id = o.subject_id AND a.bucket = o.bucket AND o.kind = 'attempt'
  LEFT JOIN refund AS r ON r.id = o.subject_id AND r.bucket = o.bucket AND o.kind = 'refund'
 WHERE o.state = 'proposed' AND coalesce(a.resolve_at, r.resolve_at) IS NULL

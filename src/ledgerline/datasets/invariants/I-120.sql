-- I-120: Every attempt that was sent has a decision of its own, made for it when it was sent.
SELECT a.bucket, a.id AS attempt_id, a.payment_id, a.decision_id
  FROM attempt AS a
  LEFT JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket
 WHERE a.adopted_from IS NULL
   AND (d.subject_id IS DISTINCT FROM a.id OR d.kind <> 'route' OR d.decided_at <> a.sent_at)

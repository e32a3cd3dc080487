-- I-142: People's evidence ended a charge or refund exactly where two of them approved it.
WITH approved AS (
     SELECT o.bucket, o.id, o.subject_id, o.kind, o.outcome,
            lower(btrim(o.proposed_by)) <> lower(btrim(o.ended_by)) AS are_two
       FROM evidence_proposal AS o
      WHERE o.state = 'approved')
SELECT v.bucket, v.attempt_id AS subject_id, v.outcome, 'not approved by two' AS what
  FROM attempt_evidence AS v
  JOIN attempt AS a ON a.id = v.attempt_id AND a.bucket = v.bucket
  LEFT JOIN approved AS o
    ON o.subject_id = coalesce(a.adopted_from, a.id) AND o.bucket = a.bucket AND o.are_two
   AND (o.outcome = v.outcome OR v.no > 1)
 WHERE v.kind = 'operator' AND o.id IS NULL
 UNION ALL
SELECT o.bucket, o.subject_id, o.outcome, 'did not end by it'
  FROM approved AS o
  LEFT JOIN attempt_evidence AS v
    ON v.attempt_id = o.subject_id AND v.bucket = o.bucket AND v.no = 1 AND v.kind = 'operator'
   AND v.outcome = o.outcome
  LEFT JOIN refund AS r ON r.id = o.subject_id AND r.bucket = o.bucket
 WHERE NOT o.are_two
    OR (o.kind = 'attempt' AND v.attempt_id IS NULL)
    OR (o.kind = 'refund' AND (r.ended_at IS NULL OR (o.outcome = 'succeeded') <> (r.receipt_id IS NOT NULL)))
 UNION ALL
SELECT o.bucket, o.subject_id, o.outcome, 'several approved'
  FROM approved AS o
 GROUP BY o.bucket, o.subject_id, o.outcome
HAVING count(*) > 1

-- I-222: A model chooses when to try again only where it was let, and not before nor after its plan allows.
SELECT r.bucket, r.payment_id, r.revision, r.track, r.next_at, r.not_before, r.ends_at,
       d.learned ->> 'chosen' AS learned
  FROM retry_plan AS r
  LEFT JOIN decision AS d ON d.id = r.decision_id AND d.bucket = r.bucket
 WHERE (r.attempt_id IS NOT NULL
        AND (d.kind, d.subject_id, d.rule, d.chosen::timestamptz) IS DISTINCT FROM
            ('retry', r.attempt_id, r.track, CASE WHEN r.track <> 'end' THEN r.next_at END))
    OR (r.track = 'model'
        AND (d.chosen IS DISTINCT FROM d.learned ->> 'chosen'
             OR (d.learned ->> 'acts')::boolean IS NOT TRUE
             OR NOT d.learned -> 'chances' ? d.chosen
             OR r.next_at < r.planned_at + interval '1 day' AND r.next_at < (d.learned ->> 'fixed')::timestamptz
             OR r.next_at < r.not_before OR r.next_at > r.ends_at))

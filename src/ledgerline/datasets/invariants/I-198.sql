-- I-198: What a webhook told of a dispute of a charge of ours is a fact of it, whenever it ended.
SELECT a.bucket, a.id AS attempt_id, a.state, e.psp_account, e.event_key
  FROM psp_event AS e
  JOIN attempt AS a ON a.id::text = lower(e.reference) AND a.psp_account = e.psp_account
 WHERE e.dispute IS NOT NULL AND e.told IS NULL
   AND (e.state = 'ignored' AND a.evidence_no IS NULL
        OR e.state = 'applied'
           AND NOT EXISTS (SELECT FROM dispute AS d
                             JOIN dispute_fact AS f
                               ON f.dispute_id = d.id AND f.bucket = d.bucket
                              AND f.fact_key = e.event_key
                            WHERE d.attempt_id = a.id AND d.bucket = a.bucket))

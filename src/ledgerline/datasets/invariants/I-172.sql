-- I-172: A dispute is answered by a request exactly where its provider has the evidence.
SELECT f.bucket, f.dispute_id, f.fact_key
  FROM dispute_fact AS f
 WHERE f.source = 'response'
   AND NOT EXISTS (SELECT FROM dispute_evidence AS e
                    WHERE e.dispute_id = f.dispute_id AND e.bucket = f.bucket
                      AND e.state = 'accepted' AND f.fact_key = 'evidence ' || e.id)
 UNION ALL
SELECT e.bucket, e.dispute_id, d.state
  FROM dispute_evidence AS e
  JOIN dispute AS d ON d.id = e.dispute_id AND d.bucket = e.bucket
 WHERE e.state = 'accepted' AND d.state = 'needs_response' AND d.stage = e.stage
   AND NOT EXISTS (SELECT FROM dispute_fact AS f
                    WHERE f.dispute_id = e.dispute_id AND f.bucket = e.bucket
                      AND f.event = 'opened' AND f.recorded_at >= e.ended_at)

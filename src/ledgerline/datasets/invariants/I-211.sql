-- I-211: A model chooses only what rules left open, and decides only where it was let.
SELECT d.bucket, d.id AS decision_id, d.rule, d.chosen, d.learned ->> 'chosen' AS learned
  FROM decision AS d
 WHERE (d.kind = 'route' AND d.learned ->> 'chosen' IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM jsonb_to_recordset(d.candidates) AS c (account text, reason text)
             WHERE c.account = d.learned ->> 'chosen' AND c.reason IS NULL))
    OR (d.kind = 'route' AND d.rule = 'model'
        AND (d.chosen IS DISTINCT FROM d.learned ->> 'chosen'
             OR (d.learned ->> 'acts')::boolean IS NOT TRUE))

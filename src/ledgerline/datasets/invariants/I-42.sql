-- I-42: A provider's event is in the inbox once, and what was applied named something of ours.
-- A dispute may be named by the provider's own name of its charge alone: then it keeps the event.
SELECT e.psp_account, e.event_key, count(*) AS times, min(e.state) AS state
  FROM psp_event AS e
 GROUP BY e.psp_account, e.event_key
HAVING count(*) > 1
    OR bool_or(e.state = 'applied' AND e.reference IS NULL AND e.mandate IS NULL
               AND NOT EXISTS (SELECT
                                 FROM dispute_fact AS f
                                 JOIN dispute AS d ON d.id = f.dispute_id AND d.bucket = f.bucket
                                WHERE f.fact_key = e.event_key AND f.source = 'webhook'
                                  AND d.psp_account = e.psp_account))

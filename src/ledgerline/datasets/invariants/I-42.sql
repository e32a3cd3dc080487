-- I-42: A provider's event is in the inbox once, and what was applied named something of ours.
SELECT e.psp_account, e.event_key, count(*) AS times, min(e.state) AS state
  FROM psp_event AS e
 GROUP BY e.psp_account, e.event_key
HAVING count(*) > 1 OR bool_or(e.state = 'applied' AND e.reference IS NULL AND e.mandate IS NULL)

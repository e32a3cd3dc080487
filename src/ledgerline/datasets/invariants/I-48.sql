-- I-48: A run counted what it invoiced; unless billing is paused, nothing due waits longer than two days.
SELECT r.id, r.invoiced AS counted, count(i.id) AS found
  FROM bill_run AS r
  LEFT JOIN invoice AS i ON i.bill_run_id = r.id
 GROUP BY r.id
HAVING r.invoiced <> count(i.id)
 UNION ALL
SELECT s.id, 0, 1
  FROM subscription AS s
 CROSS JOIN environment AS e
 WHERE s.parked IS NULL AND s.next_bill_at < coalesce(e.instant, now()) - interval '2 days'
   AND NOT EXISTS (
       SELECT FROM billing_pause AS p
        WHERE p.resumed_at IS NULL
           OR p.resumed_at > coalesce(e.instant, now()) - interval '2 days')

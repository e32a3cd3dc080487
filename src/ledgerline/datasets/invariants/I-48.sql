-- I-48: A billing run counted what it invoiced, and nothing due has waited longer than two days.
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

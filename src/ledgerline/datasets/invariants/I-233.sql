-- I-233: While billing is paused no run bills.
SELECT p.id AS billing_pause_id, p.done_before, coalesce(p.done_after, r.done) AS found
  FROM billing_pause AS p
 CROSS JOIN (SELECT coalesce(sum(b.invoiced + b.ended + b.parked), 0) AS done
               FROM bill_run AS b) AS r
 WHERE coalesce(p.done_after, r.done) <> p.done_before

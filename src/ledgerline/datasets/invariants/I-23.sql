-- I-23: A source posts a purpose once.
SELECT t.source_id, t.purpose, t.n, count(*) AS booked
  FROM transfer AS t
 GROUP BY t.source_id, t.purpose, t.n
HAVING count(*) > 1

-- I-30: Numbers of a series have no gap, begin at 1, and follow the order of stamping.
SELECT s.id, s.seller_code, s.kind, s.period, s.next_number, n.numbers, n.last
  FROM number_series AS s
  LEFT JOIN (SELECT d.series_id, count(*) AS numbers, max(d.position) AS last
               FROM document_number AS d
              GROUP BY d.series_id) AS n ON n.series_id = s.id
 WHERE s.next_number - 1 <> coalesce(n.numbers, 0) OR s.next_number - 1 <> coalesce(n.last, 0)
 UNION ALL
SELECT w.series_id, NULL, NULL, NULL, w.position, NULL, NULL
  FROM (SELECT d.series_id, d.position, d.stamped_at,
               lag(d.stamped_at) OVER (PARTITION BY d.series_id ORDER BY d.position) AS before
          FROM document_number AS d) AS w
 WHERE w.before > w.stamped_at

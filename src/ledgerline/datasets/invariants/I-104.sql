-- I-104: What nobody explains of a line stands in suspense, and nothing else of a line does.
WITH due AS (
     SELECT l.id, CASE WHEN f.state = 'imported' THEN l.suspense_minor ELSE 0 END AS suspense_minor
       FROM settlement_line AS l
       JOIN settlement_file AS f ON f.id = l.file_id
      WHERE l.id IS NOT NULL AND l.suspense_minor <> 0),
     booked AS (
     SELECT t.source_id,
            sum(CASE t.debit WHEN 'psp_clearing' THEN t.amount_minor ELSE -t.amount_minor END)
            AS suspense_minor
       FROM transfer AS t
      WHERE t.purpose = 'line_suspense'
      GROUP BY t.source_id)
SELECT coalesce(d.id, b.source_id) AS line_id, d.suspense_minor, b.suspense_minor AS booked_minor
  FROM due AS d
  FULL JOIN booked AS b ON b.source_id = d.id
 WHERE coalesce(d.suspense_minor, 0) <> coalesce(b.suspense_minor, 0)

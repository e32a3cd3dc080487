-- I-104: What nobody explains of a line stands in suspense, and what a dispute took is held.
WITH due AS (
     SELECT l.id,
            CASE WHEN f.state = 'imported' THEN l.suspense_minor ELSE 0 END AS suspense_minor,
            CASE WHEN f.state = 'imported' AND l.match = 'matched' THEN -l.gross_minor ELSE 0 END
            AS held_minor
       FROM settlement_line AS l
       JOIN settlement_file AS f ON f.id = l.file_id
      WHERE l.id IS NOT NULL AND (l.suspense_minor <> 0 OR l.kind IN ('dispute', 'dispute_reversal'))),
     booked AS (
     SELECT t.source_id,
            sum(CASE t.debit WHEN 'psp_clearing' THEN t.amount_minor ELSE -t.amount_minor END)
            FILTER (WHERE t.purpose = 'line_suspense') AS suspense_minor,
            sum(CASE t.debit WHEN 'dispute_hold' THEN t.amount_minor ELSE -t.amount_minor END)
            FILTER (WHERE t.purpose = 'dispute_hold') AS held_minor
       FROM transfer AS t
      WHERE t.purpose IN ('line_suspense', 'dispute_hold')
      GROUP BY t.source_id)
SELECT coalesce(d.id, b.source_id) AS line_id, d.suspense_minor, b.suspense_minor AS booked_minor,
       d.held_minor, b.held_minor AS booked_held_minor
  FROM due AS d
  FULL JOIN booked AS b ON b.source_id = d.id
 WHERE coalesce(d.suspense_minor, 0) <> coalesce(b.suspense_minor, 0)
    OR (coalesce(d.held_minor, 0) <> coalesce(b.held_minor, 0)
        AND (b.held_minor IS NOT NULL OR d.held_minor <> 0))

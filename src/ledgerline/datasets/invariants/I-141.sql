-- I-141: What a settlement line left in suspense has somebody: it is open, or a person closed it.
SELECT l.file_id, l.line_no, l.suspense_minor
  FROM settlement_line AS l
  JOIN settlement_file AS f ON f.id = l.file_id
 WHERE f.state = 'imported' AND l.suspense_minor <> 0
   AND NOT EXISTS (
       SELECT FROM money_exception AS x
        WHERE x.subject_id = l.id AND x.bucket = 0
          AND (x.closed_at IS NULL OR x.closed_by IS NOT NULL))

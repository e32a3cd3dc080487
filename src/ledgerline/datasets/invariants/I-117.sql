-- I-117: Lines of disputes that match are moves of disputes, each explained once.
WITH lines AS (
     SELECT l.subject_id, sum(-l.gross_minor) FILTER (WHERE l.gross_minor < 0) AS taken_minor,
            sum(l.gross_minor) FILTER (WHERE l.gross_minor > 0) AS given_minor
       FROM settlement_line AS l
       JOIN settlement_file AS f ON f.id = l.file_id AND f.state = 'imported'
      WHERE l.kind IN ('dispute', 'bank_return', 'dispute_reversal') AND l.match = 'matched'
      GROUP BY l.subject_id)
SELECT l.subject_id, l.taken_minor, l.given_minor, m.taken_minor AS told_taken_minor,
       m.given_minor AS told_given_minor
  FROM lines AS l
  LEFT JOIN (SELECT a.id, sum(f.taken_minor) AS taken_minor, sum(f.given_minor) AS given_minor
               FROM lines AS s
               JOIN attempt AS a ON a.id = s.subject_id
               JOIN dispute AS d ON d.payment_id = a.payment_id AND d.bucket = a.bucket
               JOIN dispute_fact AS f ON f.dispute_id = d.id AND f.bucket = d.bucket
              GROUP BY a.id) AS m ON m.id = l.subject_id
 WHERE coalesce(l.taken_minor, 0) > coalesce(m.taken_minor, 0)
    OR coalesce(l.given_minor, 0) > coalesce(m.given_minor, 0)

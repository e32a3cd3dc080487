-- I-217: A payout that failed has one line that says so, of its amount, or the words of a person.
WITH said AS (
     SELECT l.subject_id AS payout_id, count(*) AS lines, sum(l.gross_minor) AS gross_minor
       FROM settlement_line AS l
       JOIN settlement_file AS f ON f.id = l.file_id AND f.state = 'imported'
      WHERE l.kind = 'payout_reversal' AND l.match = 'matched'
      GROUP BY l.subject_id)
SELECT p.psp_account, p.reference, p.state, p.failed_by, s.payout_id, s.lines, s.gross_minor,
       p.reversed_minor
  FROM payout AS p
  FULL JOIN said AS s ON s.payout_id = p.id
 WHERE CASE p.failed_by
       WHEN 'line' THEN (s.lines, s.gross_minor) IS DISTINCT FROM (1, p.reversed_minor)
       WHEN 'person' THEN s.lines IS NOT NULL OR p.failed_note !~ '\S'
       ELSE s.lines IS NOT NULL END

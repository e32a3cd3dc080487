-- I-102: A line is matched to the one charge or refund that it names, and that has no other line.
WITH subject AS (
     SELECT a.id, 'charge' AS kind, a.psp_account, a.currency, a.amount_minor, a.psp_ref,
            a.state = 'succeeded' OR EXISTS (
            SELECT FROM money_exception AS x
             WHERE x.subject_id = a.id AND x.reason = 'late_success') AS has_moved
       FROM attempt AS a
      UNION ALL
     SELECT r.id, 'refund', r.psp_account, r.currency, -r.amount_minor, r.psp_ref,
            r.state IN ('succeeded', 'reversed')
       FROM refund AS r),
     matched AS (
     SELECT l.file_id, l.line_no, l.kind, l.reference, l.psp_ref, l.gross_minor, l.gross_currency,
            l.subject_id, f.psp_account,
            count(*) OVER (PARTITION BY l.subject_id, l.kind) AS lines
       FROM settlement_line AS l
       JOIN settlement_file AS f ON f.id = l.file_id
      WHERE l.match = 'matched' AND l.kind IN ('charge', 'refund') AND f.state = 'imported')
SELECT m.file_id, m.line_no, m.subject_id, m.gross_minor, s.amount_minor, m.lines
  FROM matched AS m
  LEFT JOIN subject AS s ON s.id = m.subject_id AND s.kind = m.kind
 WHERE s.id IS NULL OR NOT s.has_moved OR m.lines > 1
    OR (s.psp_account, s.currency, s.amount_minor)
       <> (m.psp_account, m.gross_currency, m.gross_minor)
    OR NOT coalesce(lower(m.reference) = s.id::text OR m.psp_ref = s.psp_ref, false)

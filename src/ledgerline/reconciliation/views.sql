-- name: payouts
-- A page of payouts, those announced last first.
SELECT {PayoutRow:p}
  FROM payout AS p
 WHERE (%(psp_account)s::text IS NULL OR p.psp_account = %(psp_account)s)
   AND (%(states)s::text[] IS NULL OR p.state = ANY(%(states)s))
   AND (%(before)s::uuid IS NULL
        OR (p.announced_on, p.id) < (SELECT o.announced_on, o.id
                                       FROM payout AS o WHERE o.id = %(before)s))
 ORDER BY p.announced_on DESC, p.id DESC
 LIMIT %(limit)s

-- name: payout
-- One payout.
SELECT {PayoutRow:p} FROM payout AS p WHERE p.id = %(id)s

-- name: payout_steps
-- What happened to a payout, in order.
SELECT {PayoutStepRow:s}
  FROM payout_step AS s
 WHERE s.payout_id = %(payout_id)s
 ORDER BY s.no
 LIMIT 1000

-- name: volumes
-- What moved and what of it is explained, by account and currency, in the books.
SELECT f.psp_account, t.gross_currency AS currency, sum(t.turnover_minor)::bigint AS turnover_minor,
       sum(t.explained_minor)::bigint AS explained_minor
  FROM settlement_file AS f
  JOIN settlement_total AS t ON t.file_id = f.id
 WHERE f.state = 'imported' AND (%(psp_account)s::text IS NULL OR f.psp_account = %(psp_account)s)
 GROUP BY f.psp_account, t.gross_currency
 ORDER BY f.psp_account, t.gross_currency
 LIMIT 1000

-- name: volumes_of
-- What moved and what of it is explained in some files, by file and currency.
SELECT t.file_id, t.gross_currency AS currency, sum(t.turnover_minor)::bigint AS turnover_minor,
       sum(t.explained_minor)::bigint AS explained_minor
  FROM settlement_total AS t
 WHERE t.file_id = ANY(%(file_ids)s::uuid[])
 GROUP BY t.file_id, t.gross_currency
 ORDER BY t.file_id, t.gross_currency
 LIMIT 10000

-- name: files
-- A page of files, the newest first, and how many lines of each are not explained.
SELECT f.id, f.psp_account, f.format, f.reference, f.state, f.why, f.lines, f.first_on, f.last_on,
       f.imported_at,
       (SELECT count(*) FROM settlement_line AS l
         WHERE l.file_id = f.id AND l.id IS NOT NULL
           AND l.match IN ('mismatch', 'duplicate', 'unmatched'))::integer AS breaks
  FROM settlement_file AS f
 WHERE (%(psp_account)s::text IS NULL OR f.psp_account = %(psp_account)s)
   AND (%(before)s::uuid IS NULL
        OR (f.imported_at, f.id) < (SELECT o.imported_at, o.id
                                      FROM settlement_file AS o WHERE o.id = %(before)s))
 ORDER BY f.imported_at DESC, f.id DESC
 LIMIT %(limit)s

-- name: file
-- One file, and how many of its lines are not explained.
SELECT f.id, f.psp_account, f.format, f.reference, f.state, f.why, f.lines, f.first_on, f.last_on,
       f.imported_at,
       (SELECT count(*) FROM settlement_line AS l
         WHERE l.file_id = f.id AND l.id IS NOT NULL
           AND l.match IN ('mismatch', 'duplicate', 'unmatched'))::integer AS breaks
  FROM settlement_file AS f
 WHERE f.id = %(id)s

-- name: unmatched_lines
-- A page of the lines of a file that are of nothing of ours, or not to the unit, or wait; each kind
-- by an index that holds no others.
SELECT n.line_no, n.kind, n.reference, n.psp_ref, n.gross_minor, n.gross_currency, n.settled_on,
       n.match, n.subject_id, n.suspense_minor, n.id
  FROM ((SELECT l.* FROM settlement_line AS l
          WHERE l.file_id = %(file_id)s AND l.line_no > %(after)s
            AND l.match IN ('waiting', 'unmatched')
          ORDER BY l.line_no LIMIT %(limit)s)
        UNION ALL
        (SELECT l.* FROM settlement_line AS l
          WHERE l.file_id = %(file_id)s AND l.line_no > %(after)s AND l.id IS NOT NULL
            AND l.match IN ('mismatch', 'duplicate')
          ORDER BY l.line_no LIMIT %(limit)s)) AS n
 ORDER BY n.line_no
 LIMIT %(limit)s

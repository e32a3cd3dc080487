-- name: hold_account
-- Hold the lines of an account against another import; ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('settlement ' || %(psp_account)s::text, 0)) IS NOT NULL
       AS held

-- name: find_file
-- The file of an account with this content.
SELECT {FileRow:f}
  FROM settlement_file AS f
 WHERE f.psp_account = %(psp_account)s AND f.sha256 = %(sha256)s

-- name: read_file
-- One file.
SELECT {FileRow:f} FROM settlement_file AS f WHERE f.id = %(id)s

-- name: find_quarantined
-- The files of a payout that did not add up.
SELECT {FileRow:f}
  FROM settlement_file AS f
 WHERE f.psp_account = %(psp_account)s AND f.reference = %(reference)s AND f.state = 'quarantined'
 LIMIT 100

-- name: add_file
-- Keep a file, and say that it was kept, for those who follow what is only added.
WITH kept AS (
     INSERT INTO settlement_file ({FileRow})
     VALUES (%(id)s, %(psp_account)s, %(sha256)s, %(format)s, %(reference)s, %(seller_code)s,
             %(state)s, %(why)s, %(corrects)s, %(lines)s, %(first_on)s, %(last_on)s,
             %(imported_at)s)
     RETURNING id, state, imported_at)
INSERT INTO settlement_step (file_id, state, recorded_at)
SELECT k.id, k.state, k.imported_at FROM kept AS k

-- name: replace_file
-- A corrected file takes the place of one in the books.
WITH gone AS (
     UPDATE settlement_file SET state = 'replaced' WHERE id = %(id)s RETURNING id, state)
INSERT INTO settlement_step (file_id, state, recorded_at)
SELECT g.id, g.state, %(now)s FROM gone AS g

-- name: add_lines
-- Keep lines, in bulk.
COPY settlement_line ({LineRow}) FROM STDIN (FORMAT BINARY)

-- name: find_line
-- A line that is decided about alone, by its name.
SELECT {LineRow:l}
  FROM settlement_line AS l
 WHERE l.id = %(id)s

-- name: add_totals
-- Keep what lines come to.
COPY settlement_total ({TotalRow}) FROM STDIN (FORMAT BINARY)

-- name: read_totals
-- What the lines of a file come to.
SELECT {TotalRow:t}
  FROM settlement_total AS t
 WHERE t.file_id = %(file_id)s
 ORDER BY t.seller_code, t.gross_currency, t.currency
 LIMIT 10000

-- name: add_explained
-- Count what more of files is explained.
UPDATE settlement_total AS t
   SET explained_minor = t.explained_minor + n.explained_minor
  FROM unnest(%(file_id)s::uuid[], %(seller_code)s::text[], %(gross_currency)s::text[],
              %(currency)s::text[], %(explained_minor)s::bigint[])
       AS n ({ExplainedRow})
 WHERE t.file_id = n.file_id AND t.seller_code = n.seller_code
   AND t.gross_currency = n.gross_currency AND t.currency = n.currency

-- name: read_taken
-- Which charges and refunds have a line in the books already, or further up in the file that is
-- being read, whose own row comes last: one probe each.
SELECT n.subject_id, l.kind
  FROM unnest(%(subject_ids)s::uuid[]) AS n (subject_id)
 CROSS JOIN LATERAL (
       SELECT s.kind, s.file_id
         FROM settlement_line AS s
        WHERE s.subject_id = n.subject_id AND s.match IN ('matched', 'waiting', 'mismatch')
        LIMIT 100) AS l
  LEFT JOIN settlement_file AS f ON f.id = l.file_id
 WHERE coalesce(f.state NOT IN ('quarantined', 'replaced'), true)
   AND l.file_id IS DISTINCT FROM %(but_for)s::uuid

-- name: read_dispute_lines
-- The lines in the books that are of disputes of some charges, but for those of a file.
SELECT l.subject_id, l.gross_minor
  FROM unnest(%(subject_ids)s::uuid[]) AS n (subject_id)
 CROSS JOIN LATERAL (
       SELECT y.subject_id, y.gross_minor, y.file_id
         FROM settlement_line AS y
        WHERE y.subject_id = n.subject_id AND y.match IN ('matched', 'mismatch')
          AND y.kind IN ('dispute', 'bank_return', 'dispute_reversal')
        ORDER BY y.subject_id
        LIMIT 1000) AS l
  LEFT JOIN settlement_file AS f ON f.id = l.file_id
 WHERE coalesce(f.state NOT IN ('quarantined', 'replaced'), true)
   AND l.file_id IS DISTINCT FROM %(but_for)s::uuid

-- name: read_open_lines
-- Lines in the books that may still become matched, file by file.
SELECT {LineRow:l}
  FROM settlement_file AS f
  JOIN settlement_line AS l ON l.file_id = f.id AND l.match IN ('waiting', 'unmatched')
 WHERE f.psp_account = %(psp_account)s AND f.state = 'imported'
   AND (l.file_id, l.line_no) > (%(after_file)s, %(after_line)s)
 ORDER BY l.file_id, l.line_no
 LIMIT %(limit)s

-- name: find_payouts
-- The payouts of an account that lines name, and whose books bear what is nobody's of them.
SELECT p.id, p.psp_account, p.reference, p.currency, p.amount_minor, p.state, f.seller_code
  FROM payout AS p
  JOIN settlement_file AS f ON f.id = p.file_id
 WHERE p.psp_account = %(psp_account)s AND p.reference = ANY(%(references)s::text[])
 ORDER BY p.id
 LIMIT 10000
   FOR NO KEY UPDATE OF p

-- name: read_reversed
-- The payouts that lines of a file put back into the balance.
SELECT l.subject_id
  FROM settlement_line AS l
 WHERE l.file_id = %(file_id)s AND l.kind = 'payout_reversal' AND l.match = 'matched'
 ORDER BY l.subject_id
 LIMIT 10000

-- name: read_alone
-- The lines of a file that are posted or decided about alone.
SELECT {LineRow:l}
  FROM settlement_line AS l
 WHERE l.file_id = %(file_id)s AND l.id IS NOT NULL
 ORDER BY l.line_no
 LIMIT 1000000

-- name: rematch
-- Say what lines turned out to be.
UPDATE settlement_line AS l
   SET match = n.match, subject_id = n.subject_id, suspense_minor = n.suspense_minor, id = n.id
  FROM unnest(%(file_id)s::uuid[], %(line_no)s::integer[], %(match)s::text[],
              %(subject_id)s::uuid[], %(suspense_minor)s::bigint[], %(id)s::uuid[])
       AS n ({MatchRow})
 WHERE l.file_id = n.file_id AND l.line_no = n.line_no

-- name: put_payout
-- Announce a payout, or say again what it is; what the bank said of it stays.
INSERT INTO payout ({PayoutRow})
VALUES (%(id)s, %(psp_account)s, %(reference)s, %(file_id)s, %(amount_minor)s, %(currency)s,
        %(announced_on)s, %(state_before)s, %(state_event)s, %(state)s, %(step_no)s, %(paid_on)s,
        %(bank_minor)s, %(bank_note)s, %(returned_on)s, %(failed_on)s, %(failed_by)s,
        %(failed_note)s, %(reversed_minor)s)
    ON CONFLICT ON CONSTRAINT payout_pk DO UPDATE
   SET file_id = excluded.file_id, amount_minor = excluded.amount_minor,
       announced_on = excluded.announced_on

-- name: lock_payout
-- The payouts of a name, locked until the transaction ends.
SELECT {PayoutRow:p}
  FROM payout AS p
 WHERE p.reference = %(reference)s
   AND (%(psp_account)s::text IS NULL OR p.psp_account = %(psp_account)s)
   AND (%(currency)s::text IS NULL OR p.currency = %(currency)s)
 ORDER BY p.psp_account, p.currency
 LIMIT 100
   FOR NO KEY UPDATE

-- name: lock_payout_by_id
-- One payout, locked until the transaction ends.
SELECT {PayoutRow:p} FROM payout AS p WHERE p.id = %(id)s FOR NO KEY UPDATE

-- name: read_missed_payouts
-- Payouts whose money has been nowhere for long: no line of the bank has answered, what the bank
-- sent back is in no file, or what failed is in no later payout.
SELECT {PayoutRow:p}
  FROM payout AS p
 WHERE p.state = 'announced' AND p.announced_on < %(before)s
 UNION ALL
SELECT {PayoutRow:p}
  FROM payout AS p
 WHERE p.state = 'returned' AND p.returned_on < %(before)s
 UNION ALL
SELECT {PayoutRow:p}
  FROM payout AS p
 WHERE p.state = 'failed' AND p.failed_on < %(before)s
   AND (SELECT o.announced_on  -- of the last one, but for itself
          FROM payout AS o
         WHERE o.psp_account = p.psp_account AND o.currency = p.currency AND o.id <> p.id
         ORDER BY o.announced_on DESC
         LIMIT 1) >= p.failed_on IS NOT TRUE
 ORDER BY announced_on, id
 LIMIT %(limit)s

-- name: move_payout
-- Say where a payout stands after its next step.
UPDATE payout
   SET state_before = %(state_before)s, state_event = %(state_event)s, state = %(state)s,
       step_no = %(step_no)s, paid_on = %(paid_on)s, bank_minor = %(bank_minor)s,
       bank_note = %(bank_note)s, returned_on = %(returned_on)s, failed_on = %(failed_on)s,
       failed_by = %(failed_by)s, failed_note = %(failed_note)s,
       reversed_minor = %(reversed_minor)s
 WHERE id = %(id)s AND step_no IS NOT DISTINCT FROM %(step_no)s - 1
   AND (psp_account, reference, file_id, amount_minor, currency, announced_on)
       IS NOT DISTINCT FROM (%(psp_account)s, %(reference)s, %(file_id)s, %(amount_minor)s,
                             %(currency)s, %(announced_on)s)

-- name: add_payout_steps
-- Keep what happened to payouts.
COPY payout_step ({PayoutStepRow}) FROM STDIN (FORMAT BINARY)

-- name: read_spans
-- The days of an account's last files in the books.
SELECT f.first_on, f.last_on
  FROM settlement_file AS f
 WHERE f.psp_account = %(psp_account)s AND f.state = 'imported'
 ORDER BY f.imported_at DESC
 LIMIT 60

-- name: accounts
-- Merchant accounts and the connectors that read their files.
SELECT a.code, a.psp FROM psp_account AS a ORDER BY a.code LIMIT 1000

-- name: breaks
-- What reconciliation found and nobody has explained, the newest first.
SELECT x.bucket, x.subject_id, x.reason, x.detail, x.opened_at
  FROM money_exception AS x
 WHERE x.closed_at IS NULL
   AND x.reason IN ('line_unmatched', 'line_mismatch', 'duplicate_capture', 'duplicate_refund',
                    'line_missing', 'file_quarantined', 'bank_differs')
   AND (%(psp_account)s::text IS NULL OR starts_with(x.detail, %(psp_account)s || ': '))
 ORDER BY x.opened_at DESC, x.subject_id
 LIMIT 200

-- name: line
-- One line of a file.
SELECT f.psp_account, f.state, l.file_id, l.line_no, l.kind, l.reference, l.psp_ref, l.gross_minor,
       l.gross_currency, l.fee_minor, l.net_minor, l.currency, l.settled_on, l.match, l.subject_id,
       l.suspense_minor, l.id
  FROM settlement_line AS l
  JOIN settlement_file AS f ON f.id = l.file_id
 WHERE l.file_id = %(file_id)s AND l.line_no = %(line_no)s

-- name: lines_of
-- The lines of some charges and refunds, and those nobody explains that bear one name.
SELECT f.psp_account, f.state, l.file_id, l.line_no, l.kind, l.reference, l.psp_ref, l.gross_minor,
       l.gross_currency, l.fee_minor, l.net_minor, l.currency, l.settled_on, l.match, l.subject_id,
       l.suspense_minor, l.id
  FROM (SELECT s.file_id, s.line_no
          FROM settlement_line AS s
         WHERE s.subject_id = ANY(%(subject_ids)s::uuid[])
         UNION
        SELECT s.file_id, s.line_no
          FROM settlement_line AS s
         WHERE s.id IS NOT NULL AND (s.reference = %(name)s OR s.psp_ref = %(name)s)) AS n
  JOIN settlement_line AS l ON l.file_id = n.file_id AND l.line_no = n.line_no
  JOIN settlement_file AS f ON f.id = l.file_id
 ORDER BY f.imported_at DESC, l.file_id, l.line_no
 LIMIT 200

-- name: subjects
-- The attempts and refunds of some ids, or that a provider calls by one name.
SELECT 'attempt' AS kind, a.bucket, a.id, a.payment_id, a.psp_account, a.state, a.currency,
       a.amount_minor, a.psp_ref, a.ended_at
  FROM attempt AS a
 WHERE a.id = ANY(%(ids)s::uuid[])
    OR a.psp_account = ANY(%(accounts)s::text[]) AND a.psp_ref = %(name)s
 UNION ALL
SELECT 'refund', r.bucket, r.id, r.payment_id, r.psp_account, r.state, r.currency, r.amount_minor,
       r.psp_ref, r.ended_at
  FROM refund AS r
 WHERE r.id = ANY(%(ids)s::uuid[])
    OR r.psp_account = ANY(%(accounts)s::text[]) AND r.psp_ref = %(name)s
 ORDER BY 3
 LIMIT 200

-- name: payouts
-- The payouts of one name.
SELECT p.id, p.psp_account, p.reference, p.file_id, p.amount_minor, p.currency, p.announced_on,
       p.state_before, p.state_event, p.state, p.step_no, p.paid_on, p.bank_minor, p.bank_note,
       p.returned_on, p.failed_on, p.failed_by, p.failed_note, p.reversed_minor
  FROM payout AS p
 WHERE p.reference = %(name)s
 ORDER BY p.psp_account
 LIMIT 100

-- name: transfers
-- What some sources moved, in the order in which it was booked.
SELECT t.source_id, t.booked_on, t.purpose, t.debit, t.credit, t.currency, t.amount_minor,
       t.seller_code
  FROM transfer AS t
 WHERE t.source_id = ANY(%(sources)s::uuid[])
 ORDER BY t.occurred_at, t.purpose, t.n
 LIMIT 1000

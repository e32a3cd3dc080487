-- name: charges
-- Every attempt, as the provider's book should have it.
-- It knows an adopted attempt by the one whose money that took; late money is of nothing else.
SELECT a.bucket, coalesce(a.adopted_from, a.id) AS id,
       CASE WHEN x.subject_id IS NULL THEN a.payment_id ELSE a.id END AS subject_id,
       a.psp_account, CASE WHEN x.subject_id IS NULL THEN a.state ELSE 'late' END AS state,
       a.currency, a.amount_minor
  FROM attempt AS a
  LEFT JOIN money_exception AS x
    ON x.subject_id = a.id AND x.bucket = a.bucket AND x.reason = 'late_success'
 WHERE NOT EXISTS (SELECT FROM attempt AS o WHERE o.adopted_from = a.id AND o.bucket = a.bucket)

-- name: refunds
-- Every refund, as the provider's book should have it. What was made at its own place, or by other
-- means, was never a request of ours: it knows that by another name.
SELECT f.bucket, f.id, f.id AS subject_id, f.psp_account, f.state, f.currency, f.amount_minor
  FROM refund AS f
 WHERE f.request_digest IS NOT NULL OR f.state <> 'succeeded'

-- name: told
-- Lines of a kind that are nothing of ours: an exception was opened for each.
SELECT f.psp_account, coalesce(l.psp_ref, '') AS psp_ref
  FROM settlement_file AS f
  JOIN settlement_line AS l ON l.file_id = f.id
 WHERE f.state = 'imported' AND l.match = 'unmatched' AND l.psp_ref IS NOT NULL
   AND l.kind = %(kind)s

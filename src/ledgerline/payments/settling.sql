-- name: find_attempts
-- Some attempts, with the sellers of their payments.
SELECT a.bucket, a.id, a.psp_account, a.psp_ref, a.currency, a.amount_minor, a.state, p.seller_code
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN attempt AS a ON a.id = n.id AND a.bucket = n.bucket
  JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket

-- name: find_refunds
-- Some refunds.
SELECT {SubjectRow:r}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN refund AS r ON r.id = n.id AND r.bucket = n.bucket

-- name: find_attempts_told
-- The attempts of an account by what its provider calls them.
SELECT a.bucket, a.id, a.psp_account, a.psp_ref, a.currency, a.amount_minor, a.state, p.seller_code
  FROM unnest(%(psp_refs)s::text[]) AS n (psp_ref)
  JOIN attempt AS a ON a.psp_account = %(psp_account)s AND a.psp_ref = n.psp_ref
  JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket

-- name: find_refunds_told
-- The refunds of an account by what its provider calls them.
SELECT {SubjectRow:r}
  FROM unnest(%(psp_refs)s::text[]) AS n (psp_ref)
  JOIN refund AS r ON r.psp_account = %(psp_account)s AND r.psp_ref = n.psp_ref

-- name: read_captured
-- What an account captured of what was sent in a span of time, which the ids begin with.
SELECT {CapturedRow:a}
  FROM attempt AS a
 WHERE a.id > %(after)s AND a.id < %(until)s AND a.state = 'succeeded'
   AND a.psp_account = %(psp_account)s AND a.ended_at < %(ended_before)s
   AND a.adopted_from IS NULL  -- the file says the name of the one that it was adopted from
 ORDER BY a.id
 LIMIT %(limit)s

-- name: read_open
-- The subjects of exceptions that are open for one reason.
SELECT {OpenRow:x}
  FROM money_exception AS x
 WHERE x.reason = %(reason)s AND x.closed_at IS NULL
 ORDER BY x.opened_at
 LIMIT 10000

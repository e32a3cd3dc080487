-- name: lock_accounts
-- All merchant accounts, in the order in which loaders of rules and switches wait for each other.
SELECT {AccountStatusRow:c}
  FROM psp_account AS c
 ORDER BY c.code
 LIMIT 1000
   FOR NO KEY UPDATE

-- name: read_accounts
-- All merchant accounts, and whether they take new charges.
SELECT {AccountStatusRow:c}
  FROM psp_account AS c
 ORDER BY c.code
 LIMIT 1000

-- name: read_places
-- All merchant accounts that take new charges, and whose they are.
SELECT {AccountPlaceRow:c}
  FROM psp_account AS c
 WHERE c.status = 'active'
 ORDER BY c.code
 LIMIT 1000

-- name: add_policy
-- Load routing rules as the next version.
INSERT INTO routing_policy ({PolicyRow})
VALUES (%(version)s, %(body)s, %(loaded_at)s)

-- name: read_policy
-- The routing rules that hold: those that were loaded last.
SELECT p.version, p.body::text AS body, p.loaded_at
  FROM routing_policy AS p
 ORDER BY p.version DESC
 LIMIT 1

-- name: read_instruments
-- What some payment methods can be charged by, the first instrument of each first.
SELECT i.bucket, i.payment_method_id, m.customer_id, i.no, i.psp_account, c.status AS account_status,
       i.psp_token, m.brand, i.bin, i.funding, i.issuer_country, i.expires_on,
       i.first_cit_attempt IS NOT NULL OR i.setup_id IS NOT NULL AS paid_before, i.mit_stopped_at,
       d.id AS mandate_id, d.state AS mandate_state, d.reference AS mandate_reference, d.scheme,
       d.notice_days, d.lapses_on
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN instrument AS i
    ON i.payment_method_id = n.id AND i.bucket = n.bucket AND i.state = 'active'
  JOIN payment_method AS m ON m.id = i.payment_method_id AND m.bucket = i.bucket
  JOIN psp_account AS c ON c.code = i.psp_account
  LEFT JOIN mandate AS d
    ON d.psp_account = i.psp_account AND d.psp_token = i.psp_token AND d.bucket = i.bucket
 ORDER BY i.bucket, i.payment_method_id, i.no

-- name: add_decisions
-- Write down what was chosen, and among what.
COPY decision ({DecisionRow})
  FROM STDIN (FORMAT BINARY)

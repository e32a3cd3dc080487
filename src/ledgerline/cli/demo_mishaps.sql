-- name: refundable
-- The newest charge of an account of which nothing was given back.
SELECT a.id::text AS reference, coalesce(a.psp_ref, '') AS psp_ref, a.currency, a.amount_minor
  FROM attempt AS a
  JOIN payment AS p ON p.bucket = a.bucket AND p.id = a.payment_id
 WHERE a.psp_account = %(psp_account)s AND a.state = 'succeeded' AND a.psp_ref <> ''
   AND p.refunded_minor = 0 AND p.refunding_minor = 0
 ORDER BY a.id DESC
 LIMIT 1

-- name: given_up
-- The newest charge of an account that was refused, of a payment that nobody tries any more.
SELECT a.id::text AS reference, coalesce(a.psp_ref, '') AS psp_ref, a.currency, a.amount_minor
  FROM attempt AS a
  JOIN payment AS p ON p.bucket = a.bucket AND p.id = a.payment_id
 WHERE a.psp_account = %(psp_account)s AND a.state = 'declined'
   AND p.state = 'failed'
 ORDER BY a.id DESC
 LIMIT 1

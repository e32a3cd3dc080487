-- name: charges
-- Every attempt, as the provider's book should have it.
SELECT a.bucket, a.id, a.payment_id AS subject_id, a.psp_account, a.state, a.currency, a.amount_minor
  FROM attempt AS a

-- name: refunds
-- Every refund, as the provider's book should have it.
SELECT f.bucket, f.id, f.id AS subject_id, f.psp_account, f.state, f.currency, f.amount_minor
  FROM refund AS f

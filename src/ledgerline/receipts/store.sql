-- name: add_receipts
-- Issue receipts.
COPY receipt (bucket, id, kind, subject_id, payment_id, invoice_id, customer_id, seller_code,
              currency, amount_minor, issued_at)
  FROM STDIN (FORMAT BINARY)

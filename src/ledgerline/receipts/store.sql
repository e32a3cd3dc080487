-- name: add_receipts
-- Issue receipts.
COPY receipt ({ReceiptRow})
  FROM STDIN (FORMAT BINARY)

-- name: add_receipts
-- Issue receipts.
COPY receipt ({ReceiptRow})
  FROM STDIN (FORMAT BINARY)

-- name: read_receipts
-- Some receipts.
SELECT {ReceiptRow:r}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN receipt AS r ON r.id = n.id AND r.bucket = n.bucket

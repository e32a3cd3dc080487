-- name: add_receipts
-- Issue receipts.
COPY receipt ({ReceiptRow})
  FROM STDIN (FORMAT BINARY)

-- name: read_receipts
-- Some receipts.
SELECT {ReceiptRow:r}
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN receipt AS r ON r.id = n.id AND r.bucket = n.bucket

-- name: read_corrected
-- Some receipts of refunds, with their place in the register.
SELECT r.subject_id AS refund_id, r.id, r.issued_on, d.display AS number, d.hash AS seal,
       q.document_id IS NOT NULL AS is_waiting
  FROM unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)
  JOIN receipt AS r ON r.id = n.id AND r.bucket = n.bucket
  LEFT JOIN document_number AS d ON d.series_id = r.series_id AND d.document_id = r.id
  LEFT JOIN numbering_queue AS q ON q.bucket = r.bucket AND q.document_id = r.id

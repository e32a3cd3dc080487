-- I-31: What is issued is numbered once or waits for its number; what is not issued has none.
WITH issued AS (
     SELECT i.bucket, i.id, 'invoice' AS kind
       FROM invoice AS i
      WHERE i.total_minor > 0 AND (i.cause = 'renewal' OR i.paid_at IS NOT NULL)
      UNION ALL
     SELECT n.bucket, n.id, 'credit_note' FROM credit_note AS n
      UNION ALL
     SELECT r.bucket, r.id, 'receipt' FROM receipt AS r),
     numbered AS (
     SELECT d.bucket, d.document_id AS id, s.kind
       FROM document_number AS d
       JOIN number_series AS s ON s.id = d.series_id
      UNION ALL
     SELECT q.bucket, q.document_id, s.kind
       FROM numbering_queue AS q
       JOIN number_series AS s ON s.id = q.series_id)
SELECT coalesce(i.bucket, n.bucket) AS bucket, coalesce(i.id, n.id) AS id, i.kind AS issued,
       n.kind AS numbered, count(*) AS times
  FROM issued AS i
  FULL JOIN numbered AS n ON n.bucket = i.bucket AND n.id = i.id
 GROUP BY i.bucket, n.bucket, i.id, n.id, i.kind, n.kind
HAVING count(*) > 1 OR i.kind IS DISTINCT FROM n.kind

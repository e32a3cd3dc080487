-- I-89: No document waits a day for its number.
SELECT q.series_id, q.bucket, q.document_id, q.issued_at
  FROM environment AS n
  JOIN numbering_queue AS q
    ON q.issued_at < coalesce(n.instant, clock_timestamp()) - interval '1 day'

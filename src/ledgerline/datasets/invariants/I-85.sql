-- I-85: Each numbered document has its body, of its series and kind, and a key that opens it.
SELECT coalesce(d.series_id, b.series_id) AS series_id, d.position,
       coalesce(d.document_id, b.document_id) AS document_id, s.kind AS numbered, b.kind AS said
  FROM document_number AS d
  FULL JOIN document_body AS b
    ON b.document_id = d.document_id AND b.bucket = d.bucket AND b.series_id = d.series_id
  LEFT JOIN number_series AS s ON s.id = d.series_id
  LEFT JOIN retention_key AS k ON k.seller_code = s.seller_code AND k.year = s.period::smallint
 WHERE d.document_id IS NULL OR b.document_id IS NULL OR k.wrapped IS NULL
    OR s.kind <> CASE b.kind WHEN 'simplified_invoice' THEN 'invoice'
                             WHEN 'refund_receipt' THEN 'receipt'
                             WHEN 'refund_reversal' THEN 'receipt' ELSE b.kind END

-- I-88: What the published rules were asked about is an e-invoice that they accept.
SELECT c.bucket, c.document_id, c.state, c.findings
  FROM einvoice_check AS c
  LEFT JOIN document_body AS b ON b.document_id = c.document_id AND b.bucket = c.bucket
 WHERE c.state = 'invalid' OR coalesce(b.kind, '') NOT IN ('invoice', 'credit_note')

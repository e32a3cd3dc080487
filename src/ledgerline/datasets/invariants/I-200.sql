-- I-200: A refund that came back has one document that corrects its receipt, of its amount; no other has one.
SELECT f.bucket, f.id, f.state, f.amount_minor, f.reversal_receipt_id, r.documents,
       r.amount_minor AS corrected_minor
  FROM refund AS f
  LEFT JOIN (SELECT c.bucket, c.subject_id, count(*) AS documents, min(c.id::text) AS id,
                    min(c.amount_minor) AS amount_minor, min(c.currency) AS currency,
                    min(c.customer_id::text) AS customer_id
               FROM receipt AS c
              WHERE c.kind = 'reversal'
              GROUP BY c.bucket, c.subject_id) AS r
    ON r.bucket = f.bucket AND r.subject_id = f.id
 WHERE CASE WHEN f.state = 'reversed'
            THEN (r.documents, r.id, r.amount_minor, r.currency, r.customer_id)
                 IS DISTINCT FROM (1::bigint, f.reversal_receipt_id::text, f.amount_minor,
                                   f.currency, f.customer_id::text)
            ELSE r.documents IS NOT NULL END

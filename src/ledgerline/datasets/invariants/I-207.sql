-- I-207: Every receipt of a payment or refund whose event was relayed has its mail, sent or with a reason why not.
SELECT r.bucket, r.id AS receipt_id, r.kind, e.seq
  FROM receipt AS r
  JOIN event AS e
    ON e.aggregate_id = r.subject_id AND e.bucket = r.bucket AND e.relayed_at IS NOT NULL
   AND e.kind = CASE r.kind WHEN 'payment' THEN 'payment.succeeded'
                            WHEN 'refund' THEN 'refund.succeeded' ELSE 'refund.reversed' END
 WHERE NOT EXISTS (
       SELECT FROM mail AS m
        WHERE m.subject_id = r.subject_id AND m.bucket = r.bucket AND m.occasion = e.seq
          AND m.sequence = 1
          AND m.kind IN ('receipt', 'refund', 'credit_paid_out', 'refund_returned'))

-- I-17: A succeeded refund has its transfer, its credit note and its receipt, all of its amount.
SELECT f.bucket, f.id, f.amount_minor, t.amount_minor AS booked_minor,
       n.total_minor AS credited_minor, r.amount_minor AS receipt_minor
  FROM refund AS f
  LEFT JOIN transfer AS t
    ON t.bucket = f.bucket AND t.source_id = f.id AND t.purpose = CASE f.cause WHEN 'late_success' THEN 'returned' ELSE 'refund' END
  LEFT JOIN credit_note AS n
    ON n.bucket = f.bucket AND n.id = f.credit_note_id AND n.reason = 'refund'
  LEFT JOIN receipt AS r
    ON r.bucket = f.bucket AND r.subject_id = f.id AND r.kind = 'refund'
 WHERE CASE WHEN f.state IN ('succeeded', 'reversed')
            THEN (t.amount_minor, r.amount_minor) IS DISTINCT FROM (f.amount_minor, f.amount_minor)
                 OR n.total_minor IS DISTINCT FROM
                    CASE WHEN f.cause IN ('asked', 'late_change') THEN f.amount_minor END
            ELSE t.amount_minor IS NOT NULL OR r.amount_minor IS NOT NULL END

-- I-118: A refund that came back is reversed in the books, told to people, and owed to the customer.
SELECT f.bucket, f.id, f.cause, f.amount_minor, t.amount_minor AS booked_minor
  FROM refund AS f
  LEFT JOIN transfer AS t
    ON t.source_id = f.id AND t.bucket = f.bucket
   AND t.purpose IN ('refund_reversed', 'return_reversed')
 WHERE (f.state = 'reversed' AND (
            t.amount_minor IS DISTINCT FROM f.amount_minor
            OR NOT EXISTS (SELECT FROM money_exception AS x
                            WHERE x.subject_id = f.id AND x.bucket = f.bucket
                              AND x.reason = 'refund_reversed')
            OR (f.cause IN ('asked', 'late_change')
                AND NOT EXISTS (SELECT FROM credit_lot AS l
                                 WHERE l.source_id = f.credit_note_id AND l.bucket = f.bucket
                                   AND l.amount_minor = f.amount_minor))))
    OR (f.state <> 'reversed' AND t.amount_minor IS NOT NULL)

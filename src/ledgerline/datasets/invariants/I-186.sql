-- I-186: Who was paid by a lost dispute has not its pay-out of the same money as credit as well.
SELECT d.bucket, d.id, f.id AS refund_id, w.lot_id, w.amount_minor, d.offset_minor
  FROM dispute AS d
  JOIN refund AS f
    ON f.payment_id = d.payment_id AND f.bucket = d.bucket AND f.cause = 'credit'
   AND f.state IN ('failed', 'reversed') AND f.ended_at >= d.opened_at
  JOIN refund_draw AS w ON w.refund_id = f.id AND w.bucket = f.bucket
  JOIN credit_lot AS g ON g.id = w.lot_id AND g.bucket = w.bucket
  JOIN credit_note AS n
    ON n.id = g.source_id AND n.bucket = g.bucket AND n.invoice_id = d.invoice_id
 WHERE d.state IN ('accepted', 'lost')
   AND EXISTS (SELECT FROM dispute_fact AS o
                WHERE o.dispute_id = d.id AND o.bucket = d.bucket AND o.event = 'shifted'
                  AND o.recorded_at = f.ended_at)
   AND NOT EXISTS (SELECT FROM dispute_draw AS o
                    WHERE o.dispute_id = d.id AND o.bucket = d.bucket AND o.lot_id = w.lot_id)

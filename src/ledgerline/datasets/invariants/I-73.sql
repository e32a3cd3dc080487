-- I-73: What was paid for a change that was given up goes back whole: by credit notes and a refund.
SELECT i.bucket, i.id AS invoice_id, i.cause, i.state, i.total_minor, i.credited_minor,
       f.state AS refund_state, f.amount_minor AS refund_minor, m.captured_minor
  FROM refund AS f
  JOIN invoice AS i ON i.id = f.invoice_id AND i.bucket = f.bucket
  JOIN payment AS m ON m.id = f.payment_id AND m.bucket = f.bucket
 WHERE f.cause = 'late_change'
   AND (i.cause <> 'change' OR i.state <> 'paid' OR f.amount_minor <> m.captured_minor
        OR i.total_minor <> i.credited_minor
           + CASE WHEN f.state IN ('succeeded', 'failed', 'reversed') THEN 0 ELSE f.amount_minor END)

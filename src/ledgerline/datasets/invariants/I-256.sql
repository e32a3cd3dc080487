-- I-256: Days of a line that one cut gave back up to its end are given back by no later cut.
SELECT c.bucket, c.subscription_id, c.period_start, c.item_no, c.kind, b.credit_note_id AS before,
       c.credit_note_id AS again, c.credit_start, c.gross_minor
  FROM line_credit AS c
  JOIN credit_note AS n ON n.id = c.credit_note_id AND n.bucket = c.bucket
  JOIN invoice_line AS l
    ON l.period_start = c.period_start AND l.bucket = c.bucket
   AND l.subscription_id = c.subscription_id AND l.item_no = c.item_no AND l.kind = c.kind
  JOIN line_credit AS b
    ON b.period_start = c.period_start AND b.bucket = c.bucket
   AND b.subscription_id = c.subscription_id AND b.item_no = c.item_no AND b.kind = c.kind
   AND b.seq < c.seq AND b.credit_start <= c.credit_start AND b.credit_end = l.period_end
  JOIN credit_note AS m ON m.id = b.credit_note_id AND m.bucket = b.bucket
 WHERE l.quantity = 1  -- of several, one after another may be given up; what a refund that has
   -- failed kept from a cut is owed later, by a note of its own reason
   AND n.reason IN ('canceled', 'plan_changed') AND m.reason IN ('canceled', 'plan_changed')

-- I-188: Who has money back by a dispute has not the credit of the same invoice in its lot as well.
SELECT t.bucket, t.payment_id, i.id, t.taken_minor,
       i.total_minor - i.credited_minor AS earned_minor, g.id AS lot_id, g.remaining_minor
  FROM (SELECT d.bucket, d.payment_id, d.invoice_id, sum(d.held_minor - d.reopened_minor) AS taken_minor
          FROM dispute AS d
         GROUP BY d.bucket, d.payment_id, d.invoice_id) AS t
  JOIN invoice AS i ON i.id = t.invoice_id AND i.bucket = t.bucket
  JOIN credit_note AS n ON n.invoice_id = i.id AND n.bucket = i.bucket
  JOIN credit_lot AS g ON g.source_id = n.id AND g.bucket = n.bucket
 WHERE t.taken_minor > greatest(i.total_minor - i.credited_minor, 0) AND g.remaining_minor > 0

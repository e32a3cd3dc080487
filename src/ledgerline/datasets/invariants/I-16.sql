-- I-16: A succeeded payment has exactly one capture in the books, of its amount.
SELECT p.bucket, p.id, p.amount_minor, t.amount_minor AS booked_minor
  FROM payment AS p
  LEFT JOIN transfer AS t
    ON t.bucket = p.bucket AND t.source_id = p.settled_attempt_id AND t.purpose = 'capture'
 WHERE p.state = 'succeeded'
   AND (t.amount_minor, t.currency, t.customer_id)
       IS DISTINCT FROM (p.amount_minor, p.currency, p.customer_id)

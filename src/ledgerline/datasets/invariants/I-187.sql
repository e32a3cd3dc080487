-- I-187: Once late money has paid, the disputes of its charge have it: nothing of them is over.
SELECT d.bucket, d.id, d.over_minor, p.captured_minor
  FROM dispute AS d
  JOIN payment AS p ON p.id = d.payment_id AND p.bucket = d.bucket AND p.state = 'succeeded'
  JOIN attempt AS a ON a.id = p.settled_attempt_id AND a.bucket = p.bucket
 WHERE a.adopted_from = d.attempt_id AND d.over_minor > 0
   AND p.captured_minor > p.refunded_minor + p.refunding_minor + p.disputed_minor
                          + p.dispute_lost_minor

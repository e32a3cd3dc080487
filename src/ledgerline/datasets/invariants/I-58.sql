-- I-58: Nothing is dated into a month of the books after that was closed.
SELECT t.bucket, t.source_id, t.purpose, t.seller_code, t.booked_on, p.closed_at
  FROM ledger_period AS p
  JOIN transfer AS t
    ON t.seller_code = p.seller_code AND t.booked_on >= p.month
   AND t.booked_on < (p.month + interval '1 month')::date
 WHERE p.state = 'closed' AND t.occurred_at > p.closed_at

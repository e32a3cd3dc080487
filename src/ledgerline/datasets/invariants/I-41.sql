-- I-41: Nothing is billed to a subscription after its end, it is never due again, and ends after it began.
SELECT s.bucket, s.id, s.ended_at, i.issued_at, s.next_bill_at
  FROM subscription AS s
  LEFT JOIN invoice AS i
    ON i.bucket = s.bucket AND i.subscription_id = s.id AND i.issued_at > s.ended_at
 WHERE s.ended_at IS NOT NULL
   AND (i.id IS NOT NULL OR s.next_bill_at IS NOT NULL OR s.ended_at < s.created_at)

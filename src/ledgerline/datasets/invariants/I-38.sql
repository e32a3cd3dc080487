-- I-38: Grace belongs to a claim that is not paid, and lasts long only where we could not charge.
SELECT c.bucket, c.subscription_id, c.starts_at, c.ends_at, i.state
  FROM cover AS c
  JOIN invoice AS i ON i.bucket = c.bucket AND i.id = c.invoice_id
 WHERE c.reason = 'grace'
   AND (i.state = 'paid'
        OR (c.ends_at > c.starts_at + interval '30 days'
            AND i.paid_at IS NULL  -- what was paid, and was taken back, lasts as it would
            AND NOT EXISTS (SELECT FROM payment AS p
                             WHERE p.invoice_id = i.id AND p.bucket = i.bucket
                               AND p.own_failures > 0)))

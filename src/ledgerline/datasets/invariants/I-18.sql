-- I-18: What was captured for an invoice, at all providers together, is never more than it claims.
SELECT i.bucket, i.id, i.total_minor - coalesce(c.credit_minor, 0) AS claimed_minor,
       a.captured_minor
  FROM (SELECT p.bucket, p.invoice_id, sum(t.amount_minor) AS captured_minor
          FROM attempt AS t
          JOIN payment AS p ON p.id = t.payment_id AND p.bucket = t.bucket
         WHERE t.state = 'succeeded'
           AND NOT EXISTS (SELECT FROM money_exception AS x  -- late money
                           WHERE x.subject_id = t.id AND x.bucket = t.bucket
                             AND x.reason = 'late_success')
         GROUP BY p.bucket, p.invoice_id) AS a
  JOIN invoice AS i ON i.id = a.invoice_id AND i.bucket = a.bucket
  LEFT JOIN (SELECT n.bucket, n.invoice_id, sum(n.amount_minor) AS credit_minor
               FROM allocation AS n
              WHERE n.source_kind IN ('credit', 'dispute')  -- what was taken back is claimed again
              GROUP BY n.bucket, n.invoice_id) AS c
    ON c.invoice_id = i.id AND c.bucket = i.bucket
 WHERE a.captured_minor > i.total_minor - coalesce(c.credit_minor, 0)

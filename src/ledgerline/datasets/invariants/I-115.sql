-- I-115: An invoice that is owed again has the payment that collects it, of what it owes.
SELECT i.bucket, i.id, i.total_minor - a.settled_minor AS open_minor, p.amount_minor
  FROM invoice AS i
  JOIN (SELECT n.bucket, n.invoice_id, sum(n.amount_minor) AS settled_minor
          FROM allocation AS n
         GROUP BY n.bucket, n.invoice_id) AS a
    ON a.invoice_id = i.id AND a.bucket = i.bucket
  LEFT JOIN payment AS p
    ON p.invoice_id = i.id AND p.bucket = i.bucket AND p.state = 'processing'
 WHERE i.state = 'open' AND i.state_event = 'reopened'
   AND p.amount_minor IS DISTINCT FROM i.total_minor - a.settled_minor

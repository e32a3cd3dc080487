-- I-62: What an invoice has open follows from its state: paid or given up is nothing, open is some.
SELECT i.bucket, i.id, i.state, i.total_minor, coalesce(a.settled_minor, 0) AS settled_minor
  FROM invoice AS i
  LEFT JOIN (SELECT n.bucket, n.invoice_id, sum(n.amount_minor) AS settled_minor
               FROM allocation AS n
              GROUP BY n.bucket, n.invoice_id) AS a
    ON a.invoice_id = i.id AND a.bucket = i.bucket
 WHERE NOT CASE i.state
       WHEN 'open' THEN coalesce(a.settled_minor, 0) BETWEEN 0 AND i.total_minor - 1
       WHEN 'void' THEN coalesce(a.settled_minor, 0) = 0
       ELSE coalesce(a.settled_minor, 0) = i.total_minor END

-- I-33: An invoice is the sum of its lines, a credit note the sum of its credits, to the minor unit.
SELECT i.bucket, i.id, i.total_minor, coalesce(sum(l.gross_minor), 0) AS summed_minor
  FROM invoice AS i
  LEFT JOIN invoice_line AS l ON l.bucket = i.bucket AND l.invoice_id = i.id
 GROUP BY i.bucket, i.id
HAVING (i.net_minor, i.tax_minor, i.total_minor)
       IS DISTINCT FROM (sum(l.net_minor), sum(l.tax_minor), sum(l.gross_minor))
    OR i.net_minor + i.tax_minor <> i.total_minor
    OR bool_or(l.currency <> i.currency)
 UNION ALL
SELECT n.bucket, n.id, n.total_minor, coalesce(sum(c.gross_minor), 0)
  FROM credit_note AS n
  LEFT JOIN line_credit AS c ON c.bucket = n.bucket AND c.credit_note_id = n.id
 GROUP BY n.bucket, n.id
HAVING (n.net_minor, n.tax_minor, n.total_minor)
       IS DISTINCT FROM (sum(c.net_minor), sum(c.tax_minor), sum(c.gross_minor))
    OR n.net_minor + n.tax_minor <> n.total_minor

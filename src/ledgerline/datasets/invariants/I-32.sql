-- I-32: Credits of a line run up without a gap and never exceed it; an invoice knows their sum.
SELECT w.bucket, w.subscription_id AS id, w.cum_gross_minor AS said_minor,
       w.running_minor AS summed_minor
  FROM (SELECT c.bucket, c.subscription_id, c.seq, c.cum_gross_minor, c.line_gross_minor,
               c.cum_tax_minor, l.gross_minor, l.tax_minor,
               sum(c.gross_minor) OVER credits AS running_minor,
               sum(c.tax_minor) OVER credits AS running_tax_minor,
               row_number() OVER credits AS ordinal
          FROM line_credit AS c
          JOIN invoice_line AS l
            ON l.period_start = c.period_start AND l.bucket = c.bucket
           AND l.subscription_id = c.subscription_id AND l.item_no = c.item_no AND l.kind = c.kind
        WINDOW credits AS (PARTITION BY c.bucket, c.subscription_id, c.item_no, c.period_start, c.kind
                           ORDER BY c.seq)) AS w
 WHERE w.cum_gross_minor <> w.running_minor OR w.running_minor > w.gross_minor
    OR w.cum_tax_minor <> w.running_tax_minor OR w.running_tax_minor > w.tax_minor
    OR w.line_gross_minor <> w.gross_minor OR w.seq <> w.ordinal
 UNION ALL
SELECT i.bucket, i.id, i.credited_minor, coalesce(sum(n.total_minor), 0)
  FROM invoice AS i
  LEFT JOIN credit_note AS n ON n.invoice_id = i.id AND n.bucket = i.bucket
 GROUP BY i.bucket, i.id
HAVING i.credited_minor <> coalesce(sum(n.total_minor), 0) OR i.credited_minor > i.total_minor

-- I-20: A transfer moves a positive amount between two different accounts of the chart.
SELECT t.bucket, t.source_id, t.purpose, t.amount_minor, t.debit, t.credit
  FROM transfer AS t
  LEFT JOIN account AS d ON d.code = t.debit
  LEFT JOIN account AS c ON c.code = t.credit
 WHERE t.amount_minor <= 0 OR t.debit = t.credit OR d.code IS NULL OR c.code IS NULL

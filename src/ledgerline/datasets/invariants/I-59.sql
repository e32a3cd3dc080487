-- I-59: A transfer names a part of its account exactly where one of its two is divided.
SELECT t.bucket, t.source_id, t.purpose, t.debit, t.credit, t.dim
  FROM transfer AS t
 WHERE (t.dim <> '')
    <> (ARRAY[t.debit, t.credit]
        && '{psp_clearing, deferred_revenue, tax_payable, revenue}'::text[])

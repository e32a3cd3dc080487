-- R-07: Every transfer has its source: an invoice, a credit note, an attempt, a refund, a dispute, a month, a file.
SELECT t.bucket, t.source_id, t.purpose
  FROM transfer AS t
 WHERE NOT CASE
       WHEN t.purpose IN ('issue_net', 'issue_tax', 'void_net', 'void_tax', 'void_credit')
       THEN EXISTS (SELECT FROM invoice AS o WHERE o.bucket = t.bucket AND o.id = t.source_id)
       WHEN t.purpose IN ('credit_net', 'credit_earned', 'credit_tax')
       THEN EXISTS (SELECT FROM credit_note AS o WHERE o.bucket = t.bucket AND o.id = t.source_id)
       WHEN t.purpose = 'credit_used'
       THEN EXISTS (SELECT FROM invoice AS o WHERE o.bucket = t.bucket AND o.id = t.source_id)
         OR EXISTS (SELECT FROM credit_note AS o WHERE o.bucket = t.bucket AND o.id = t.source_id)
       WHEN t.purpose IN ('capture', 'unmatched', 'matched')
       THEN EXISTS (SELECT FROM attempt AS o WHERE o.bucket = t.bucket AND o.id = t.source_id)
       WHEN t.purpose = 'returned'
       THEN EXISTS (SELECT FROM refund AS o WHERE o.bucket = t.bucket AND o.id = t.source_id)
         OR EXISTS (SELECT FROM attempt AS o WHERE o.bucket = t.bucket AND o.id = t.source_id)
       WHEN t.purpose IN ('refund', 'refund_reversed', 'return_reversed')
       THEN EXISTS (SELECT FROM refund AS o WHERE o.bucket = t.bucket AND o.id = t.source_id)
       WHEN t.purpose IN ('psp_fee', 'psp_fee_tax', 'fx_sold', 'fx_bought', 'payout')
       THEN EXISTS (SELECT FROM settlement_file AS o WHERE o.id = t.source_id)
       WHEN t.purpose IN ('dispute_hold', 'dispute_over', 'dispute_offset', 'dispute_loss',
                          'dispute_reopen', 'dispute_unclaimed')
       THEN EXISTS (SELECT FROM dispute AS o WHERE o.bucket = t.bucket AND o.id = t.source_id)
       WHEN t.purpose = 'line_suspense'
       THEN EXISTS (SELECT FROM settlement_line AS o WHERE o.id = t.source_id)
       WHEN t.purpose IN ('payout_reversed', 'banked')
       THEN EXISTS (SELECT FROM payout AS o WHERE o.id = t.source_id)
       ELSE t.purpose = 'recognise' AND t.customer_id IS NULL
        AND EXISTS (
            SELECT FROM recognition AS o
             WHERE o.bucket = t.bucket AND o.source_id = t.source_id) END

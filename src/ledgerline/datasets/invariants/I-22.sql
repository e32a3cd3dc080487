-- I-22: Every document and payment has exactly the transfers its posting rule asks for, no others.
WITH expected AS (
     SELECT i.bucket, i.id AS source_id, p.purpose, i.seller_code, i.customer_id, i.currency,
            p.amount_minor, p.debit, p.credit
       FROM invoice AS i
      CROSS JOIN LATERAL (VALUES
            ('issue_net', i.net_minor, 'receivable', 'deferred_revenue', true),
            ('issue_tax', i.tax_minor, 'receivable', 'tax_payable', true),
            ('credit_used', i.credit_used_minor, 'customer_credit', 'receivable', true),
            ('void_net', i.net_minor, 'deferred_revenue', 'receivable', i.state = 'void'),
            ('void_tax', i.tax_minor, 'tax_payable', 'receivable', i.state = 'void'),
            ('void_credit', i.credit_used_minor, 'receivable', 'customer_credit', i.state = 'void'))
            AS p (purpose, amount_minor, debit, credit, wanted)
      WHERE p.wanted AND p.amount_minor <> 0
      UNION ALL
     SELECT a.bucket, a.id, 'capture', m.seller_code, m.customer_id, a.currency, a.amount_minor,
            'psp_clearing', 'receivable'
       FROM attempt AS a
       JOIN payment AS m ON m.bucket = a.bucket AND m.id = a.payment_id
      WHERE a.state = 'succeeded'
      UNION ALL
     SELECT n.bucket, n.id, p.purpose, n.seller_code, n.customer_id, n.currency, p.amount_minor,
            p.debit, p.credit
       FROM credit_note AS n
       JOIN invoice AS i ON i.bucket = n.bucket AND i.id = n.invoice_id
      CROSS JOIN LATERAL (VALUES
            ('credit_net', n.net_minor, 'deferred_revenue', 'customer_credit'),
            ('credit_tax', n.tax_minor, 'tax_payable', 'customer_credit'),
            ('credit_used', CASE n.settles
                            WHEN 'receivable'
                            THEN least(n.total_minor, i.total_minor - i.credit_used_minor)
                            ELSE 0 END, 'customer_credit', 'receivable'))
            AS p (purpose, amount_minor, debit, credit)
      WHERE p.amount_minor <> 0
      UNION ALL
     SELECT f.bucket, f.id, 'refund', f.seller_code, f.customer_id, f.currency, f.amount_minor,
            'customer_credit', 'psp_clearing'
       FROM refund AS f
      WHERE f.state = 'succeeded'),
     booked AS (
     SELECT t.bucket, t.source_id, t.purpose, t.n, t.seller_code, t.customer_id, t.currency,
            t.amount_minor, t.debit, t.credit
       FROM transfer AS t
      WHERE t.purpose NOT IN ('recognise', 'unmatched'))
SELECT coalesce(e.bucket, b.bucket) AS bucket, coalesce(e.source_id, b.source_id) AS source_id,
       coalesce(e.purpose, b.purpose) AS purpose, e.amount_minor AS expected_minor,
       b.amount_minor AS booked_minor
  FROM expected AS e
  FULL JOIN booked AS b
    ON b.bucket = e.bucket AND b.source_id = e.source_id AND b.purpose = e.purpose AND b.n = 0
 WHERE (e.amount_minor, e.debit, e.credit, e.seller_code, e.customer_id, e.currency)
       IS DISTINCT FROM
       (b.amount_minor, b.debit, b.credit, b.seller_code, b.customer_id, b.currency)

-- I-22: Every document and payment has exactly the transfers its posting rule asks for, no others.
WITH used AS (  -- credit that pays: drawn when the invoice was issued, or given by a note for it
     SELECT a.bucket, a.invoice_id, a.amount_minor, g.source_id AS note_id,
            EXISTS (SELECT FROM allocation AS p
                     WHERE p.invoice_id = a.invoice_id AND p.bucket = a.bucket AND p.no < a.no
                       AND p.source_kind = 'payment') AS by_note
       FROM allocation AS a
       JOIN credit_lot AS g ON g.id = a.source_id AND g.bucket = a.bucket
      WHERE a.source_kind = 'credit' AND a.amount_minor > 0),
     used_at_issue AS (
     SELECT u.bucket, u.invoice_id, sum(u.amount_minor) AS amount_minor
       FROM used AS u
      WHERE NOT u.by_note
      GROUP BY u.bucket, u.invoice_id),
     used_by_note AS (
     SELECT u.bucket, u.note_id, sum(u.amount_minor) AS amount_minor
       FROM (SELECT s.bucket, s.note_id, s.amount_minor FROM used AS s WHERE s.by_note
              UNION ALL
             SELECT a.bucket, a.source_id, a.amount_minor
               FROM allocation AS a
              WHERE a.source_kind = 'credit_note') AS u
      GROUP BY u.bucket, u.note_id),
     deferred AS (
     SELECT c.bucket, c.credit_note_id, sum(c.deferred_net_minor) AS amount_minor
       FROM line_credit AS c
      GROUP BY c.bucket, c.credit_note_id),
     expected AS (
     SELECT i.bucket, i.id AS source_id, p.purpose, i.seller_code, i.customer_id, i.currency,
            p.amount_minor, p.debit, p.credit
       FROM invoice AS i
       LEFT JOIN used_at_issue AS u ON u.invoice_id = i.id AND u.bucket = i.bucket
      CROSS JOIN LATERAL (VALUES
            ('issue_net', i.net_minor, 'receivable', 'deferred_revenue', true),
            ('issue_tax', i.tax_minor, 'receivable', 'tax_payable', true),
            ('credit_used', coalesce(u.amount_minor, 0), 'customer_credit', 'receivable', true),
            ('void_net', i.net_minor, 'deferred_revenue', 'receivable', i.state = 'void'),
            ('void_tax', i.tax_minor, 'tax_payable', 'receivable', i.state = 'void'),
            ('void_credit', coalesce(u.amount_minor, 0), 'receivable', 'customer_credit',
             i.state = 'void'))
            AS p (purpose, amount_minor, debit, credit, wanted)
      WHERE p.wanted AND p.amount_minor <> 0
      UNION ALL
     SELECT a.bucket, a.id, 'capture', m.seller_code, m.customer_id, a.currency, a.amount_minor,
            'psp_clearing', 'receivable'
       FROM attempt AS a
       JOIN payment AS m ON m.id = a.payment_id AND m.bucket = a.bucket
      WHERE a.state = 'succeeded'
        AND NOT EXISTS (SELECT FROM money_exception AS x  -- late money
                        WHERE x.subject_id = a.id AND x.bucket = a.bucket
                          AND x.reason = 'late_success')
      UNION ALL
     SELECT n.bucket, n.id, p.purpose, n.seller_code, n.customer_id, n.currency, p.amount_minor,
            p.debit, p.credit
       FROM credit_note AS n
       LEFT JOIN deferred AS d ON d.credit_note_id = n.id AND d.bucket = n.bucket
       LEFT JOIN used_by_note AS u ON u.note_id = n.id AND u.bucket = n.bucket
      CROSS JOIN LATERAL (VALUES
            ('credit_net', coalesce(d.amount_minor, 0), 'deferred_revenue', 'customer_credit'),
            ('credit_earned', n.net_minor - coalesce(d.amount_minor, 0), 'revenue',
             'customer_credit'),
            ('credit_tax', n.tax_minor, 'tax_payable', 'customer_credit'),
            ('credit_used', coalesce(u.amount_minor, 0), 'customer_credit', 'receivable'))
            AS p (purpose, amount_minor, debit, credit)
      WHERE p.amount_minor <> 0
      UNION ALL
     SELECT f.bucket, f.id, 'refund', f.seller_code, f.customer_id, f.currency, f.amount_minor,
            'customer_credit', 'psp_clearing'
       FROM refund AS f
      WHERE f.state IN ('succeeded', 'reversed') AND f.cause <> 'late_success'
      UNION ALL
     SELECT f.bucket, f.id, 'refund_reversed', f.seller_code, f.customer_id, f.currency,
            f.amount_minor, 'psp_clearing', 'customer_credit'
       FROM refund AS f
      WHERE f.state = 'reversed' AND f.cause <> 'late_success'),
     booked AS (
     SELECT t.bucket, t.source_id, t.purpose, t.seller_code, t.customer_id, t.currency,
            sum(t.amount_minor) AS amount_minor, t.debit, t.credit
       FROM transfer AS t  -- one a part of a divided account; I-101 to I-105 ask about files, I-110 about
                         -- disputes
      WHERE t.purpose NOT IN ('recognise', 'unmatched', 'matched', 'returned', 'psp_fee',
                              'psp_fee_tax', 'fx_sold', 'fx_bought', 'payout',
                              'payout_reversed', 'banked', 'line_suspense', 'dispute_hold', 'dispute_over', 'dispute_offset',
                              'dispute_loss', 'dispute_reopen', 'dispute_unclaimed', 'return_reversed')
      GROUP BY t.bucket, t.source_id, t.purpose, t.seller_code, t.customer_id, t.currency,
               t.debit, t.credit)
SELECT coalesce(e.bucket, b.bucket) AS bucket, coalesce(e.source_id, b.source_id) AS source_id,
       coalesce(e.purpose, b.purpose) AS purpose, e.amount_minor AS expected_minor,
       b.amount_minor AS booked_minor
  FROM expected AS e
  FULL JOIN booked AS b
    ON b.bucket = e.bucket AND b.source_id = e.source_id AND b.purpose = e.purpose
 WHERE (e.amount_minor, e.debit, e.credit, e.seller_code, e.customer_id, e.currency)
       IS DISTINCT FROM
       (b.amount_minor, b.debit, b.credit, b.seller_code, b.customer_id, b.currency)

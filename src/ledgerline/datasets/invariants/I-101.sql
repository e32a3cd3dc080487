-- I-101: A settlement file posts once what it comes to; quarantined or replaced, nothing is left of it.
WITH due AS (
     SELECT t.file_id, p.purpose, t.seller_code, p.currency, sum(p.amount_minor) AS amount_minor
       FROM settlement_total AS t
       JOIN settlement_file AS f ON f.id = t.file_id AND f.state = 'imported'
      CROSS JOIN LATERAL (VALUES
            ('psp_fee', t.currency, t.fee_minor),
            ('psp_fee_tax', t.currency, t.tax_minor),
            ('payout', t.currency, t.paid_minor),
            ('fx_sold', t.gross_currency,
             CASE WHEN t.gross_currency <> t.currency THEN t.gross_minor ELSE 0 END),
            ('fx_bought', t.currency,
             CASE WHEN t.gross_currency <> t.currency
                  THEN t.net_minor + t.fee_minor + t.tax_minor ELSE 0 END))
            AS p (purpose, currency, amount_minor)
      GROUP BY t.file_id, p.purpose, t.seller_code, p.currency),
     booked AS (
     SELECT t.source_id, t.purpose, t.seller_code, t.currency,
            sum(CASE WHEN (t.purpose, t.debit) IN (('psp_fee', 'psp_fees'),
                          ('psp_fee_tax', 'input_tax'), ('payout', 'in_transit'),
                          ('fx_sold', 'fx_clearing'), ('fx_bought', 'psp_clearing'))
                     THEN t.amount_minor ELSE -t.amount_minor END) AS amount_minor
       FROM transfer AS t
      WHERE t.purpose IN ('psp_fee', 'psp_fee_tax', 'payout', 'fx_sold', 'fx_bought')
      GROUP BY t.source_id, t.purpose, t.seller_code, t.currency)
SELECT coalesce(d.file_id, b.source_id) AS file_id, coalesce(d.purpose, b.purpose) AS purpose,
       coalesce(d.seller_code, b.seller_code) AS seller_code, d.amount_minor,
       b.amount_minor AS booked_minor
  FROM due AS d
  FULL JOIN booked AS b
    ON b.source_id = d.file_id AND b.purpose = d.purpose AND b.seller_code = d.seller_code
   AND b.currency = d.currency
 WHERE coalesce(d.amount_minor, 0) <> coalesce(b.amount_minor, 0)

-- I-72: What is deferred in the books is what lines have left to earn after the months recognised.
WITH recognised AS (
     SELECT (max(r.month) + interval '1 month')::date AS until FROM recognition AS r),
     earning AS (  -- credits take back what was deferred when they were booked
     SELECT l.bucket, i.seller_code, l.currency, l.net_minor, l.period_start AS from_on,
            l.period_end AS until_on,
            CASE i.cause WHEN 'renewal' THEN i.issued_at ELSE i.paid_at END AS booked_at
       FROM invoice_line AS l
       JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket
      WHERE i.state <> 'void'
      UNION ALL
     SELECT c.bucket, n.seller_code, c.currency, -c.deferred_net_minor,
            greatest(c.credit_start, c.booked_on), c.credit_end, n.issued_at
       FROM line_credit AS c
       JOIN credit_note AS n ON n.id = c.credit_note_id AND n.bucket = c.bucket
      WHERE c.deferred_net_minor > 0),
     expected AS (
     SELECT e.bucket, e.seller_code, e.currency,
            sum(e.net_minor
                - CASE WHEN (e.booked_at AT TIME ZONE 'UTC')::date < r.until
                       THEN floor(e.net_minor::numeric
                                  * least(greatest(r.until - e.from_on, 0), e.until_on - e.from_on)
                                  / (e.until_on - e.from_on))
                       ELSE 0 END) AS left_minor
       FROM earning AS e
      CROSS JOIN recognised AS r
      GROUP BY e.bucket, e.seller_code, e.currency),
     booked AS (
     SELECT t.bucket, t.seller_code, t.currency,
            sum(CASE t.credit WHEN 'deferred_revenue' THEN t.amount_minor
                              ELSE -t.amount_minor END) AS deferred_minor
       FROM transfer AS t
      WHERE 'deferred_revenue' IN (t.debit, t.credit)
      GROUP BY t.bucket, t.seller_code, t.currency)
SELECT coalesce(e.bucket, b.bucket) AS bucket, coalesce(e.seller_code, b.seller_code) AS seller_code,
       coalesce(e.currency, b.currency) AS currency, e.left_minor, b.deferred_minor
  FROM expected AS e
  FULL JOIN booked AS b
    ON b.bucket = e.bucket AND b.seller_code = e.seller_code AND b.currency = e.currency
 WHERE coalesce(e.left_minor, 0) <> coalesce(b.deferred_minor, 0)

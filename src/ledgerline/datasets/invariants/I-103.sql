-- I-103: A payout is what the lines of its file come to, in its currency.
SELECT p.psp_account, p.reference, p.amount_minor, p.currency, t.paid_minor
  FROM payout AS p
  JOIN settlement_file AS f ON f.id = p.file_id
  LEFT JOIN LATERAL (
       SELECT sum(n.paid_minor) AS paid_minor, sum(n.net_minor) AS net_minor
         FROM settlement_total AS n
        WHERE n.file_id = p.file_id AND n.currency = p.currency) AS t ON true
 WHERE f.state = 'quarantined'
    OR (f.state = 'imported'
        AND (t.paid_minor, t.net_minor) IS DISTINCT FROM (p.amount_minor, p.amount_minor))

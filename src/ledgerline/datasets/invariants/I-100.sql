-- I-100: What a settlement file comes to is what its lines come to.
WITH summed AS (
     SELECT l.file_id, l.seller_code, l.gross_currency, l.currency, count(*) AS lines,
            sum(abs(l.gross_minor)) FILTER (WHERE l.match <> 'account') AS turnover_minor,
            sum(abs(l.gross_minor)) FILTER (WHERE l.match = 'matched') AS explained_minor,
            sum(l.gross_minor) AS gross_minor,
            sum(l.fee_minor) FILTER (WHERE l.kind <> 'tax_on_fee') AS fee_minor,
            sum(l.fee_minor) FILTER (WHERE l.kind = 'tax_on_fee') AS tax_minor,
            sum(l.net_minor) AS net_minor
       FROM settlement_line AS l
      WHERE l.kind <> 'payout'
      GROUP BY l.file_id, l.seller_code, l.gross_currency, l.currency)
SELECT coalesce(s.file_id, t.file_id) AS file_id, coalesce(s.seller_code, t.seller_code)
       AS seller_code, s.net_minor, t.net_minor AS kept_minor
  FROM summed AS s
  FULL JOIN settlement_total AS t
    ON t.file_id = s.file_id AND t.seller_code = s.seller_code
   AND t.gross_currency = s.gross_currency AND t.currency = s.currency
 WHERE (s.lines, coalesce(s.turnover_minor, 0), coalesce(s.explained_minor, 0), s.gross_minor,
        coalesce(s.fee_minor, 0), coalesce(s.tax_minor, 0), s.net_minor)
       IS DISTINCT FROM
       (t.lines, t.turnover_minor, t.explained_minor, t.gross_minor, t.fee_minor, t.tax_minor,
        t.net_minor)
 UNION ALL
SELECT f.id, f.seller_code, f.lines, count(l.line_no)
  FROM settlement_file AS f
  LEFT JOIN settlement_line AS l ON l.file_id = f.id
 GROUP BY f.id
HAVING f.lines <> count(l.line_no)

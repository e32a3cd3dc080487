-- R-13: What is taxed alike in an invoice bears the tax that its market rounds from the whole.
-- A rate that a category of the market was published with in two meanings is left out: lines say
-- the rate alone.
WITH meaning AS (
     SELECT DISTINCT r.market_code, r.category, r.rate_ppm, r.treatment,
            r.components::text AS components
       FROM tax_rate AS r
      WHERE (r.market_code, r.rate_ppm) NOT IN (
            SELECT v.market_code, v.rate_ppm
              FROM tax_rate AS v
             GROUP BY v.market_code, v.rate_ppm, v.category
            HAVING count(DISTINCT (v.treatment, v.components)) > 1)),
     alike AS (
     SELECT l.bucket, l.invoice_id, i.market_code, l.tax_rate_ppm, m.components, l.tax_behavior,
            sum(CASE l.tax_behavior WHEN 'inclusive' THEN l.gross_minor ELSE l.net_minor END)::numeric
                AS stated,
            sum(l.tax_minor) AS tax
       FROM invoice_line AS l
       JOIN invoice AS i ON i.bucket = l.bucket AND i.id = l.invoice_id
       JOIN meaning AS m ON m.market_code = i.market_code AND m.category = l.tax_category
                        AND m.rate_ppm = l.tax_rate_ppm
      GROUP BY l.bucket, l.invoice_id, i.market_code, l.tax_rate_ppm, m.treatment, m.components,
               l.tax_behavior),
     policy AS (
     SELECT a.*, k.rounding_mode AS mode, k.rounding_target AS target,
            k.rounding_components AS way,
            CASE WHEN a.tax_behavior = 'inclusive' AND k.rounding_components <> 'inside'
                 THEN 1000000 + a.tax_rate_ppm ELSE 1000000 END::numeric AS whole,
            a.components = '[]' OR k.rounding_components = 'combined'
            OR (k.rounding_components = 'separate' AND a.tax_behavior = 'inclusive') AS is_one
       FROM alike AS a
       JOIN market AS k ON k.code = a.market_code),
     share AS (
     SELECT p.*, p.tax_behavior = 'inclusive' AND p.target = 'net' AS is_rest,
            p.stated * one.rate_ppm AS num
       FROM policy AS p
      CROSS JOIN LATERAL (
            SELECT CASE WHEN p.tax_behavior = 'inclusive' AND p.target = 'net' THEN 1000000
                        ELSE p.tax_rate_ppm END AS rate_ppm
             WHERE p.is_one
             UNION ALL
            SELECT (c.component ->> 1)::integer
              FROM jsonb_array_elements(p.components::jsonb) AS c (component)
             WHERE NOT p.is_one) AS one),
     rounded AS (
     SELECT s.*,
            CASE s.mode
            WHEN 'down' THEN div(s.num, s.whole)
            WHEN 'up' THEN div(s.num + s.whole - 1, s.whole)
            WHEN 'half_up' THEN div(2 * s.num + s.whole, 2 * s.whole)
            ELSE div(2 * s.num + s.whole, 2 * s.whole)
                 - CASE WHEN mod(2 * s.num + s.whole, 2 * s.whole) = 0
                         AND mod(div(2 * s.num + s.whole, 2 * s.whole), 2) = 1
                        THEN 1 ELSE 0 END
            END AS part
       FROM share AS s)
SELECT r.bucket, r.invoice_id, r.tax_rate_ppm, r.tax,
       CASE WHEN r.is_rest THEN r.stated - sum(r.part) ELSE sum(r.part) END AS expected
  FROM rounded AS r
 GROUP BY r.bucket, r.invoice_id, r.tax_rate_ppm, r.components, r.tax_behavior, r.stated, r.tax,
          r.is_rest
HAVING r.tax <> CASE WHEN r.is_rest THEN r.stated - sum(r.part) ELSE sum(r.part) END

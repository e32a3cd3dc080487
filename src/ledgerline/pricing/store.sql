-- name: add_tax_rates
-- Insert tax rates; a row that exists stays as it is.
INSERT INTO tax_rate (market_code, category, valid_from, rate_ppm, source)
SELECT n.market_code, n.category, n.valid_from, n.rate_ppm, n.source
  FROM unnest(%(market_code)s::text[], %(category)s::text[], %(valid_from)s::date[],
              %(rate_ppm)s::integer[], %(source)s::text[])
       AS n (market_code, category, valid_from, rate_ppm, source)
    ON CONFLICT ON CONSTRAINT tax_rate_pk DO NOTHING

-- name: read_tax_rates
-- All tax rates of some markets: a small reference table.
SELECT market_code, category, valid_from, rate_ppm, source
  FROM tax_rate
 WHERE market_code = ANY(%(market_codes)s::text[])
 ORDER BY market_code, category, valid_from
 LIMIT 100000

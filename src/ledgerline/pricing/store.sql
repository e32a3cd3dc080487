-- name: put_tax_rates
-- Insert tax rates; a known one keeps its rate, and since when it is known.
INSERT INTO tax_rate ({TaxRateRow}, recorded_at)
SELECT {TaxRateRow:n - components}, n.components::jsonb, %(recorded_at)s
  FROM unnest(%(market_code)s::text[], %(category)s::text[], %(valid_from)s::date[],
              %(rate_ppm)s::integer[], %(source)s::text[], %(treatment)s::text[],
              %(name)s::text[], %(reason)s::text[], %(components)s::text[])
       AS n ({TaxRateRow})
    ON CONFLICT ON CONSTRAINT tax_rate_pk DO UPDATE
   SET source = excluded.source, name = excluded.name, reason = excluded.reason

-- name: read_tax_rates
-- All tax rates of some markets: a small reference table.
SELECT {TaxRateRow:r - components}, r.components::text AS components
  FROM tax_rate AS r
 WHERE market_code = ANY(%(market_codes)s::text[])
 ORDER BY market_code, category, valid_from
 LIMIT 100000

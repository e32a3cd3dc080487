-- name: put_sellers
-- Insert or update sellers.
INSERT INTO seller ({SellerRow})
SELECT {SellerRow:n}
  FROM unnest(%(code)s::text[], %(name)s::text[], %(legal_name)s::text[], %(country)s::text[],
              %(zone)s::text[], %(address)s::text[], %(tax_id)s::text[])
       AS n ({SellerRow})
    ON CONFLICT ON CONSTRAINT seller_pk DO UPDATE
   SET name = excluded.name, legal_name = excluded.legal_name, country = excluded.country,
       zone = excluded.zone, address = excluded.address, tax_id = excluded.tax_id

-- name: put_markets
-- Insert or update markets.
INSERT INTO market ({MarketRow})
SELECT {MarketRow:n}
  FROM unnest(%(code)s::text[], %(currency)s::text[], %(seller_code)s::text[],
              %(zone)s::text[], %(locale)s::text[], %(tax_behavior)s::text[])
       AS n ({MarketRow})
    ON CONFLICT ON CONSTRAINT market_pk DO UPDATE
   SET currency = excluded.currency, seller_code = excluded.seller_code, zone = excluded.zone,
       locale = excluded.locale, tax_behavior = excluded.tax_behavior

-- name: put_products
-- Insert or update products.
INSERT INTO product ({ProductRow})
SELECT {ProductRow:n}
  FROM unnest(%(code)s::text[], %(family)s::text[], %(name)s::text[],
              %(tax_category)s::text[]) AS n ({ProductRow})
    ON CONFLICT ON CONSTRAINT product_pk DO UPDATE
   SET family = excluded.family, name = excluded.name, tax_category = excluded.tax_category

-- name: put_plans
-- Insert plans; a known plan keeps its cadence and may only change name, trial and sale.
INSERT INTO plan ({PlanRow})
SELECT {PlanRow:n}
  FROM unnest(%(code)s::text[], %(product_code)s::text[], %(name)s::text[],
              %(audience)s::text[], %(cadence_count)s::integer[], %(cadence_unit)s::text[],
              %(trial_days)s::integer[], %(members_max)s::integer[], %(on_sale)s::boolean[])
       AS n ({PlanRow})
    ON CONFLICT ON CONSTRAINT plan_pk DO UPDATE
   SET name = excluded.name, trial_days = excluded.trial_days, members_max = excluded.members_max,
       on_sale = excluded.on_sale

-- name: add_prices
-- Insert new prices; the rows that exist stay as they are.
INSERT INTO price ({NewPriceRow})
SELECT {NewPriceRow:n}
  FROM unnest(%(id)s::uuid[], %(plan_code)s::text[], %(market_code)s::text[],
              %(currency)s::text[], %(amount_minor)s::bigint[], %(tax_behavior)s::text[],
              %(valid_from)s::date[])
       AS n ({NewPriceRow})
    ON CONFLICT ON CONSTRAINT price_pk DO NOTHING

-- name: put_coupons
-- Insert coupons; the rows that exist stay as they are.
INSERT INTO coupon ({CouponRow})
SELECT {CouponRow:n}
  FROM unnest(%(code)s::text[], %(percent_ppm)s::integer[], %(amount_minor)s::bigint[],
              %(currency)s::text[], %(periods)s::integer[])
       AS n ({CouponRow})
    ON CONFLICT ON CONSTRAINT coupon_pk DO NOTHING

-- name: read_prices
-- Every price with what its plan and product say: the catalog as a sale or a renewal sees it.
SELECT {PriceRow:p - plan_name cadence_count cadence_unit trial_days on_sale family tax_category seller_code market_zone seller_zone},
       l.name AS plan_name, l.cadence_count, l.cadence_unit, l.trial_days, l.on_sale, r.family,
       r.tax_category, m.seller_code, m.zone AS market_zone, s.zone AS seller_zone
  FROM price AS p
  JOIN plan AS l ON l.code = p.plan_code
  JOIN product AS r ON r.code = l.product_code
  JOIN market AS m ON m.code = p.market_code
  JOIN seller AS s ON s.code = m.seller_code
 WHERE p.id = ANY(%(ids)s::uuid[])

-- name: read_price_list
-- The prices of one plan in one market, newest first.
SELECT {PriceRow:p - plan_name cadence_count cadence_unit trial_days on_sale family tax_category seller_code market_zone seller_zone},
       l.name AS plan_name, l.cadence_count, l.cadence_unit, l.trial_days, l.on_sale, r.family,
       r.tax_category, m.seller_code, m.zone AS market_zone, s.zone AS seller_zone
  FROM price AS p
  JOIN plan AS l ON l.code = p.plan_code
  JOIN product AS r ON r.code = l.product_code
  JOIN market AS m ON m.code = p.market_code
  JOIN seller AS s ON s.code = m.seller_code
 WHERE p.plan_code = %(plan_code)s AND p.market_code = %(market_code)s
 ORDER BY p.valid_from DESC
 LIMIT 1000

-- name: read_seller_zones
-- The zones of all sellers, in which their books are dated.
SELECT code, zone FROM seller ORDER BY code LIMIT 1000

-- name: read_market
-- One market.
SELECT {MarketRow} FROM market WHERE code = %(code)s

-- name: read_plan
-- One plan, to tell an unknown code from one that has no price here.
SELECT {PlanRow}
  FROM plan
 WHERE code = %(code)s

-- name: read_coupons
-- Some coupons.
SELECT {CouponRow}
  FROM coupon
 WHERE code = ANY(%(codes)s::text[])

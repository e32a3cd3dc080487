-- name: put_sellers
-- Insert or update sellers.
INSERT INTO seller ({SellerRow})
SELECT {SellerRow:n}
  FROM unnest(%(code)s::text[], %(name)s::text[], %(legal_name)s::text[], %(country)s::text[],
              %(zone)s::text[], %(line1)s::text[], %(line2)s::text[], %(postal_code)s::text[],
              %(city)s::text[], %(region)s::text[], %(tax_id)s::text[], %(registration)s::text[],
              %(email)s::text[], %(website)s::text[], %(colour)s::text[], %(logo)s::text[])
       AS n ({SellerRow})
    ON CONFLICT ON CONSTRAINT seller_pk DO UPDATE
   SET name = excluded.name, legal_name = excluded.legal_name, country = excluded.country,
       zone = excluded.zone, line1 = excluded.line1, line2 = excluded.line2,
       postal_code = excluded.postal_code, city = excluded.city, region = excluded.region,
       tax_id = excluded.tax_id, registration = excluded.registration, email = excluded.email,
       website = excluded.website, colour = excluded.colour, logo = excluded.logo

-- name: put_markets
-- Insert or update markets; a known one keeps how it rounds.
INSERT INTO market ({MarketRow})
SELECT {MarketRow:n}
  FROM unnest(%(code)s::text[], %(currency)s::text[], %(seller_code)s::text[],
              %(zone)s::text[], %(locale)s::text[], %(tax_behavior)s::text[],
              %(rounding_mode)s::text[], %(rounding_target)s::text[],
              %(rounding_components)s::text[], %(simplified_up_to_minor)s::bigint[],
              %(trial_notice_days)s::smallint[], %(renewal_notice_days)s::text[])
       AS n ({MarketRow})
    ON CONFLICT ON CONSTRAINT market_pk DO UPDATE
   SET currency = excluded.currency, seller_code = excluded.seller_code, zone = excluded.zone,
       locale = excluded.locale, tax_behavior = excluded.tax_behavior,
       simplified_up_to_minor = excluded.simplified_up_to_minor,
       trial_notice_days = excluded.trial_notice_days,
       renewal_notice_days = excluded.renewal_notice_days

-- name: add_collections
-- Insert versions of how markets collect; what began under an earlier one goes on under it.
INSERT INTO collection_policy ({CollectionRow})
SELECT n.market_code, n.version, n.retry_days::jsonb, n.tries_max, n.collect_days, n.grace_days,
       n.reminder_days::jsonb, n.paydays::jsonb, n.end_policy, n.end_plans::jsonb,
       n.learned_days::jsonb, n.learned_collect_days, n.try_cost_minor
  FROM unnest(%(market_code)s::text[], %(version)s::integer[], %(retry_days)s::text[],
              %(tries_max)s::integer[], %(collect_days)s::integer[], %(grace_days)s::integer[],
              %(reminder_days)s::text[], %(paydays)s::text[], %(end_policy)s::text[],
              %(end_plans)s::text[], %(learned_days)s::text[], %(learned_collect_days)s::integer[],
              %(try_cost_minor)s::bigint[])
       AS n ({CollectionRow})

-- name: read_collections
-- How each market collects: the newest version of each.
SELECT DISTINCT ON (c.market_code) c.market_code, c.version, c.retry_days::text AS retry_days,
       c.tries_max, c.collect_days, c.grace_days, c.reminder_days::text AS reminder_days,
       c.paydays::text AS paydays, c.end_policy, c.end_plans::text AS end_plans,
       c.learned_days::text AS learned_days, c.learned_collect_days, c.try_cost_minor
  FROM collection_policy AS c
 ORDER BY c.market_code, c.version DESC
 LIMIT 1000

-- name: read_every_collection
-- Every version of how markets collect, the newest of each first.
SELECT c.market_code, c.version, c.retry_days::text AS retry_days, c.tries_max, c.collect_days,
       c.grace_days, c.reminder_days::text AS reminder_days, c.paydays::text AS paydays,
       c.end_policy, c.end_plans::text AS end_plans, c.learned_days::text AS learned_days,
       c.learned_collect_days, c.try_cost_minor
  FROM collection_policy AS c
 ORDER BY c.market_code, c.version DESC
 LIMIT 10000

-- name: put_products
-- Insert products; a known one may only change its name.
INSERT INTO product ({ProductRow})
SELECT {ProductRow:n}
  FROM unnest(%(code)s::text[], %(family)s::text[], %(name)s::text[],
              %(tax_category)s::text[], %(kind)s::text[]) AS n ({ProductRow})
    ON CONFLICT ON CONSTRAINT product_pk DO UPDATE SET name = excluded.name

-- name: put_plans
-- Insert plans; a known one may only change its name, its members and whether it is sold.
INSERT INTO plan ({PlanRow})
SELECT {PlanRow:n}
  FROM unnest(%(code)s::text[], %(product_code)s::text[], %(name)s::text[],
              %(audience)s::text[], %(cadence_count)s::integer[], %(cadence_unit)s::text[],
              %(members_max)s::integer[], %(status)s::text[])
       AS n ({PlanRow})
    ON CONFLICT ON CONSTRAINT plan_pk DO UPDATE
   SET name = excluded.name, members_max = excluded.members_max, status = excluded.status

-- name: put_phases
-- Insert phases; a known one keeps its kind and may only change its length.
INSERT INTO plan_phase ({PhaseRow})
SELECT {PhaseRow:n}
  FROM unnest(%(plan_code)s::text[], %(no)s::smallint[], %(kind)s::text[],
              %(length_count)s::integer[], %(length_unit)s::text[])
       AS n ({PhaseRow})
    ON CONFLICT ON CONSTRAINT plan_phase_pk DO UPDATE
   SET length_count = excluded.length_count, length_unit = excluded.length_unit

-- name: drop_add_on_rules
-- Forget which add-ons could be bought with which plans, but for the pairs of two equal lists.
DELETE FROM add_on_rule AS r
 WHERE NOT EXISTS (
       SELECT 1
         FROM unnest(%(base_plan_codes)s::text[], %(add_on_plan_codes)s::text[])
              AS n (base_plan_code, add_on_plan_code)
        WHERE n.base_plan_code = r.base_plan_code AND n.add_on_plan_code = r.add_on_plan_code)

-- name: put_add_on_rules
-- Say which add-ons can be bought with which plans; what is known stays.
INSERT INTO add_on_rule ({AddOnRuleRow})
SELECT {AddOnRuleRow:n}
  FROM unnest(%(base_plan_code)s::text[], %(add_on_plan_code)s::text[]) AS n ({AddOnRuleRow})
    ON CONFLICT ON CONSTRAINT add_on_rule_pk DO NOTHING

-- name: add_prices
-- Insert prices that are new.
INSERT INTO price ({PublishedPriceRow})
SELECT {PublishedPriceRow:n}
  FROM unnest(%(id)s::uuid[], %(plan_code)s::text[], %(phase_no)s::smallint[],
              %(component)s::text[], %(market_code)s::text[], %(channel)s::text[],
              %(currency)s::text[], %(unit_num)s::bigint[], %(unit_den)s::bigint[],
              %(tax_behavior)s::text[], %(valid_from)s::date[])
       AS n ({PublishedPriceRow})

-- name: add_coupons
-- Insert coupons that are new.
INSERT INTO coupon ({CouponRow})
SELECT {CouponRow:n}
  FROM unnest(%(code)s::text[], %(percent_ppm)s::integer[], %(amount_minor)s::bigint[],
              %(currency)s::text[], %(periods)s::integer[])
       AS n ({CouponRow})

-- name: read_prices
-- Every price with what its plan and product say: the catalog as a sale or a renewal sees it.
SELECT {PriceRow:p - plan_name product_code product_kind cadence_count cadence_unit status family tax_category seller_code market_zone seller_zone release_no rounding_mode rounding_target rounding_components grace_days},
       l.name AS plan_name, l.product_code, r.kind AS product_kind, l.cadence_count,
       l.cadence_unit, l.status, r.family, r.tax_category, m.seller_code, m.zone AS market_zone,
       s.zone AS seller_zone, (SELECT coalesce(max(no), 0) FROM catalog_release) AS release_no,
       m.rounding_mode, m.rounding_target, m.rounding_components,
       (SELECT c.grace_days FROM collection_policy AS c WHERE c.market_code = m.code
         ORDER BY c.version DESC LIMIT 1) AS grace_days
  FROM price AS p
  JOIN plan AS l ON l.code = p.plan_code
  JOIN product AS r ON r.code = l.product_code
  JOIN market AS m ON m.code = p.market_code
  JOIN seller AS s ON s.code = m.seller_code
 WHERE p.id = ANY(%(ids)s::uuid[])

-- name: read_price_list
-- The prices of some plans in one market, of all phases and components, newest first.
SELECT {PriceRow:p - plan_name product_code product_kind cadence_count cadence_unit status family tax_category seller_code market_zone seller_zone release_no rounding_mode rounding_target rounding_components grace_days},
       l.name AS plan_name, l.product_code, r.kind AS product_kind, l.cadence_count,
       l.cadence_unit, l.status, r.family, r.tax_category, m.seller_code, m.zone AS market_zone,
       s.zone AS seller_zone, (SELECT coalesce(max(no), 0) FROM catalog_release) AS release_no,
       m.rounding_mode, m.rounding_target, m.rounding_components,
       (SELECT c.grace_days FROM collection_policy AS c WHERE c.market_code = m.code
         ORDER BY c.version DESC LIMIT 1) AS grace_days
  FROM price AS p
  JOIN plan AS l ON l.code = p.plan_code
  JOIN product AS r ON r.code = l.product_code
  JOIN market AS m ON m.code = p.market_code
  JOIN seller AS s ON s.code = m.seller_code
 WHERE p.plan_code = ANY(%(plan_codes)s::text[]) AND p.market_code = %(market_code)s
   AND p.channel = 'web' AND p.owner_subscription_id IS NULL
 ORDER BY p.valid_from DESC, p.plan_code, p.phase_no, p.component
 LIMIT 10000

-- name: read_phases
-- The phases of some plans, each from its first to its last.
SELECT {PhaseRow}
  FROM plan_phase
 WHERE plan_code = ANY(%(plan_codes)s::text[])
 ORDER BY plan_code, no
 LIMIT 10000

-- name: read_add_on_rules
-- Which add-on plans can be bought with some base plans.
SELECT {AddOnRuleRow}
  FROM add_on_rule
 WHERE base_plan_code = ANY(%(base_plan_codes)s::text[])
 ORDER BY base_plan_code, add_on_plan_code
 LIMIT 100000

-- name: read_seller_zones
-- The zones of all sellers, in which their books are dated, and the newest release.
SELECT code, zone, (SELECT coalesce(max(no), 0) FROM catalog_release) AS release_no
  FROM seller
 ORDER BY code
 LIMIT 1000

-- name: read_market
-- One market.
SELECT {MarketRow} FROM market WHERE code = %(code)s

-- name: read_some_markets
-- Some markets, for how they round what is given back in them.
SELECT {MarketRow} FROM market WHERE code = ANY(%(codes)s::text[])

-- name: read_some_plans
-- Some plans, to tell an unknown code from one that has no price here.
SELECT {PlanRow}
  FROM plan
 WHERE code = ANY(%(codes)s::text[])

-- name: read_coupons
-- Some coupons.
SELECT {CouponRow}
  FROM coupon
 WHERE code = ANY(%(codes)s::text[])

-- name: lock_sellers
-- Make whoever else loads a catalog wait for the end of this transaction.
SELECT code FROM seller ORDER BY code LIMIT 1000 FOR NO KEY UPDATE

-- name: read_sellers
-- All sellers.
SELECT {SellerRow} FROM seller ORDER BY code LIMIT 1000

-- name: read_markets
-- All markets.
SELECT {MarketRow} FROM market ORDER BY code LIMIT 1000

-- name: read_products
-- All products.
SELECT {ProductRow} FROM product ORDER BY code LIMIT 10000

-- name: read_plans
-- All plans, on sale or retired.
SELECT {PlanRow} FROM plan ORDER BY code LIMIT 10000

-- name: read_every_coupon
-- All coupons.
SELECT {CouponRow} FROM coupon ORDER BY code LIMIT 100000

-- name: read_published_prices
-- All prices on sale, in force or not; those that one subscription owns are left out.
SELECT {PublishedPriceRow}
  FROM price
 WHERE owner_subscription_id IS NULL
 ORDER BY plan_code, phase_no, component, market_code, channel, valid_from
 LIMIT 1000000

-- name: add_release
-- Begin a release.
INSERT INTO catalog_release ({ReleaseRow}) VALUES (%(no)s, %(loaded_at)s)

-- name: add_parts
-- Write the parts that a release changes.
INSERT INTO catalog_part ({PartRow})
SELECT {PartRow:n}
  FROM unnest(%(kind)s::text[], %(code)s::text[], %(release_no)s::integer[], %(hash)s::bytea[],
              %(body)s::bytea[])
       AS n ({PartRow})

-- name: read_newest_parts
-- Every part as it stands in the newest release.
SELECT DISTINCT ON (p.kind, p.code) {PartRow:p}
  FROM catalog_part AS p
 ORDER BY p.kind, p.code, p.release_no DESC
 LIMIT 100000

-- name: read_parts
-- Some parts, each as it stood in a release: the newest one of that release or of one before it.
-- What is given back names the release that was asked for.
SELECT p.kind, p.code, n.release_no, p.hash, p.body
  FROM unnest(%(kind)s::text[], %(code)s::text[], %(release_no)s::integer[])
       AS n (kind, code, release_no)
 CROSS JOIN LATERAL (
       SELECT c.kind, c.code, c.hash, c.body
         FROM catalog_part AS c
        WHERE c.kind = n.kind AND c.code = n.code AND c.release_no <= n.release_no
        ORDER BY c.release_no DESC
        LIMIT 1) AS p

-- name: read_hashed_parts
-- The bodies of parts by what they say; a part that came back in a later release is one.
SELECT DISTINCT ON (p.hash) {PartRow:p}
  FROM catalog_part AS p
 WHERE p.hash = ANY(%(hashes)s::bytea[])
 ORDER BY p.hash, p.release_no

-- name: add_texts
-- Publish versions of what buyers are told and confirm.
INSERT INTO market_text ({MarketTextRow})
SELECT {MarketTextRow:n}
  FROM unnest(%(market_code)s::text[], %(kind)s::text[], %(language)s::text[],
              %(version)s::text[], %(valid_from)s::date[], %(body)s::text[], %(link)s::text[],
              %(is_reviewed)s::boolean[], %(loaded_at)s::timestamptz[])
       AS n ({MarketTextRow})

-- name: read_texts
-- Every version of the texts of some markets.
SELECT {MarketTextRow:t}
  FROM market_text AS t
 WHERE t.market_code = ANY(%(market_codes)s::text[])
 ORDER BY t.market_code, t.kind, t.language, t.valid_from, t.version
 LIMIT 10000

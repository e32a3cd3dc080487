"""Judge a catalog before it is published. One error refuses the whole; a warning does not."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from ledgerline.base import calendar
from ledgerline.base.money import EXPONENTS, MINOR_MAX
from ledgerline.catalog.model import (
    PPM,
    SETUP,
    UNIT_DEN_MAX,
    Catalog,
    Coupon,
    PhaseKind,
    Plan,
    PlanAudience,
    SeriesKind,
    price_id,
)
from ledgerline.catalog.rules import ends, offers, taxes
from ledgerline.catalog.rules.findings import Finding, error, located, warning
from ledgerline.catalog.rules.numbering import TemplateFaulty, read_template

NUMBER_CHARACTERS_MAX: Final = {"IN": 16}  # by market: CGST Rules 2017, rule 46 (b)


def findings(catalog: Catalog) -> tuple[Finding, ...]:
    """Find everything wrong with a catalog that is to be sold from, in the order of its lines.

    A price lasts until the next one of its plan, phase, component and market, so there is exactly
    one at every instant from the first when no two begin on one day; the same holds for tax rates.
    """
    found = (
        *_repeated(catalog),
        *_dangling(catalog),
        *_places(catalog),
        *_plans(catalog.plans),
        *offers.phases(catalog),
        *offers.add_ons(catalog),
        *offers.coverage(catalog),
        *_price_rows(catalog),
        *ends.downgrades(catalog),
        *ends.unasked(catalog),
        *taxes.findings(catalog),
        *_taxed(catalog),
        *_series(catalog),
        *_coupons(catalog),
    )
    return located(found, catalog.lines)


def _repeated(catalog: Catalog) -> Iterator[Finding]:
    keyed: dict[str, list[Hashable]] = {
        "sellers": [seller.code for seller in catalog.sellers],
        "markets": [market.code for market in catalog.markets],
        "products": [product.code for product in catalog.products],
        "plans": [plan.code for plan in catalog.plans],
        "coupons": [coupon.code for coupon in catalog.coupons],
        "phases": [(phase.plan_code, str(phase.no)) for phase in catalog.phases],
        "prices": [tuple(price.key.split(".")[1:]) for price in catalog.prices],
        "tax_rates": [tuple(rate.key.split(".")[1:]) for rate in catalog.tax_rates],
        "series": [(series.seller_code, series.kind.value) for series in catalog.series],
    }
    for part, keys in keyed.items():
        for key, times in Counter(keys).items():
            if times > 1:
                dotted = ".".join((part, *(key if isinstance(key, tuple) else (str(key),))))
                yield error("repeated", dotted, message=f"{dotted} is there {times} times")


def _dangling(catalog: Catalog) -> Iterator[Finding]:
    sellers = {seller.code for seller in catalog.sellers}
    markets = {market.code for market in catalog.markets}
    products = {product.code for product in catalog.products}
    plans = {plan.code for plan in catalog.plans}
    named: list[tuple[str, str, set[str]]] = [
        *((f"markets.{m.code}.seller", m.seller_code, sellers) for m in catalog.markets),
        *((f"plans.{p.code}.product", p.product_code, products) for p in catalog.plans),
        *((p.key, p.plan_code, plans) for p in catalog.prices),
        *((p.key, p.market_code, markets) for p in catalog.prices),
        *((r.key, r.market_code, markets) for r in catalog.tax_rates),
        *((f"plans.{p.plan_code}.phases", p.plan_code, plans) for p in catalog.phases),
        *(
            (f"plans.{r.base_plan_code}.add_ons", code, plans)
            for r in catalog.add_on_rules
            for code in (r.base_plan_code, r.add_on_plan_code)
        ),
        *((f"series.{s.seller_code}.{s.kind}", s.seller_code, sellers) for s in catalog.series),
    ]
    for key, code, known in named:
        if code not in known:
            yield error("unknown_reference", key, message=f"{key} names {code!r}, unknown here")


def _places(catalog: Catalog) -> Iterator[Finding]:
    zones = [(f"sellers.{seller.code}", seller.zone) for seller in catalog.sellers]
    zones += [(f"markets.{market.code}", market.zone) for market in catalog.markets]
    for key, zone in zones:
        if not calendar.zone_exists(zone):
            yield error("zone_unknown", f"{key}.zone", message=f"there is no time zone {zone!r}")
    for market in catalog.markets:
        if market.currency not in EXPONENTS:
            key = f"markets.{market.code}.currency"
            yield error("currency_unknown", key, message=f"unknown currency {market.currency!r}")


def _plans(plans: Sequence[Plan]) -> Iterator[Finding]:
    for plan in plans:
        shared = plan.audience in {PlanAudience.DUO, PlanAudience.FAMILY}
        if shared != (plan.members_max > 1):
            yield error(
                "members_misfit",
                f"plans.{plan.code}.members_max",
                message=f"a plan for {plan.audience} with {plan.members_max} members",
            )
        if plan.cadence_count < 1:
            key = f"plans.{plan.code}.cadence"
            yield error("terms_illegal", key, message="a count below its least")


def _price_rows(catalog: Catalog) -> Iterator[Finding]:
    currencies = {market.code: market.currency for market in catalog.markets}
    trials = {(p.plan_code, p.no) for p in catalog.phases if p.kind is PhaseKind.TRIAL}
    gratis = ends.free_plans(catalog)
    for price in catalog.prices:
        key = price.key
        wanted = currencies.get(price.market_code, price.currency)
        if price.currency != wanted:
            message = f"a price in {price.currency} where the market pays in {wanted}"
            yield error("price_currency", key, message=message)
        free = price.component != SETUP and (price.plan_code, price.phase_no) in trials
        may_be_free = price.plan_code in gratis and price.component != SETUP
        least = 0 if may_be_free else Fraction(1, UNIT_DEN_MAX)
        legal = price.unit == 0 if free else least <= price.unit <= MINOR_MAX
        if not legal or not 1 <= price.unit_den <= UNIT_DEN_MAX:
            message = f"{price.unit} minor units is no legal price"
            yield error("amount_illegal", key, message=message)
        expected = price_id(
            price.plan_code, phase_no=price.phase_no, component=price.component,
            market_code=price.market_code, valid_from=price.valid_from,
        )  # fmt: skip
        if price.id != expected:
            yield error("price_id", key, message=f"the id must be {expected}")


def _taxed(catalog: Catalog) -> Iterator[Finding]:
    """Every price must find the rate of its product from its first day on."""
    category = {product.code: product.tax_category for product in catalog.products}
    product = {plan.code: plan.product_code for plan in catalog.plans}
    first_price: dict[tuple[str, str], date] = {}
    for price in catalog.prices:
        of = category.get(product.get(price.plan_code, ""))
        if of is not None:
            place = (price.market_code, of)
            first_price[place] = min(price.valid_from, first_price.get(place, price.valid_from))
    first_rate: dict[tuple[str, str], date] = {}
    for rate in catalog.tax_rates:
        place = (rate.market_code, rate.category)
        first_rate[place] = min(rate.valid_from, first_rate.get(place, rate.valid_from))
    for place, begins in first_price.items():
        if place not in first_rate or first_rate[place] > begins:
            key = f"tax_rates.{place[0]}.{place[1]}"
            message = f"{place[0]} has prices of {place[1]} from {begins} and no rate from then on"
            yield error("tax_rate_missing", key, message=message)


def _series(catalog: Catalog) -> Iterator[Finding]:
    present = {(series.seller_code, series.kind) for series in catalog.series}
    for seller in catalog.sellers:
        for kind in SeriesKind:
            if (seller.code, kind) not in present:
                key = f"sellers.{seller.code}.series.{kind}"
                yield error("series_missing", key, message=f"{seller.code} cannot number a {kind}")
    for series in catalog.series:
        key = f"sellers.{series.seller_code}.series.{series.kind}"
        try:
            length = read_template(series.template).length
        except TemplateFaulty as fault:
            yield error("template_faulty", key, message=f"the template {fault.detail}")
            continue
        for market in catalog.markets:
            most = NUMBER_CHARACTERS_MAX.get(market.code)
            sold = market.seller_code == series.seller_code
            if sold and most is not None and length > most:
                message = f"{market.code} allows {most} characters in a document number"
                yield error("number_too_long", key, message=message)
    yield from _same_numbers(catalog)


def _same_numbers(catalog: Catalog) -> Iterator[Finding]:
    for (seller, template), times in Counter(
        (series.seller_code, series.template) for series in catalog.series
    ).items():
        if times > 1:
            key = f"sellers.{seller}.series"
            message = f"{times} series of {seller} print {template}: their numbers would collide"
            yield error("template_shared", key, message=message)


def _coupons(catalog: Catalog) -> Iterator[Finding]:
    currencies = {market.currency for market in catalog.markets}
    for coupon in catalog.coupons:
        key = f"coupons.{coupon.code}"
        if not _one_effect(coupon):
            message = "a coupon takes off either a share of up to the whole or an amount of money"
            yield error("coupon_effect", key, message=message)
        elif coupon.currency is not None and coupon.currency not in currencies:
            message = f"no market pays in {coupon.currency}: the coupon can never be used"
            yield warning("coupon_unusable", key, message=message)


def _one_effect(coupon: Coupon) -> bool:
    if coupon.percent_ppm is not None:
        nothing_else = coupon.amount_minor is None and coupon.currency is None
        return nothing_else and 0 < coupon.percent_ppm <= PPM
    return coupon.currency is not None and 0 < (coupon.amount_minor or 0) <= MINOR_MAX

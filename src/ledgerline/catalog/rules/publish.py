"""Judge a catalog before it is published. One error refuses the whole; a warning does not."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from ledgerline.base import calendar
from ledgerline.base.errors import Rejected
from ledgerline.base.money import EXPONENTS, MINOR_MAX
from ledgerline.catalog.model import (
    PPM,
    Catalog,
    Coupon,
    Plan,
    PlanAudience,
    Price,
    SeriesKind,
    TaxRate,
    price_id,
)
from ledgerline.catalog.rules.numbering import display_length, template_fault

NUMBER_CHARACTERS_MAX: Final = {"IN": 16}  # by market: CGST Rules 2017, rule 46 (b)


class Severity(StrEnum):
    """What a finding does: an error refuses the publication."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found wrong; ``key`` names the row in dotted form: ``plans.family_monthly``."""

    severity: Severity
    code: str
    key: str
    message: str


class CatalogRefused(Rejected):
    """The catalog may not be published; ``facts["findings"]`` says why."""

    code: ClassVar[str] = "catalog_refused"


def findings(catalog: Catalog, *, on: date) -> tuple[Finding, ...]:
    """Find everything wrong with a catalog that is to be sold from on a day and after it.

    A price lasts until the next one of its plan and market, so there is exactly one at every
    instant from the first when no two begin on one day; the same holds for tax rates.
    """
    return (
        *_repeated(catalog),
        *_dangling(catalog),
        *_places(catalog),
        *_plans(catalog.plans),
        *_price_rows(catalog),
        *_coverage(catalog, on=on),
        *_tax_rows(catalog.tax_rates),
        *_taxed(catalog),
        *_series(catalog),
        *_coupons(catalog),
    )


def refuse_errors(found: Iterable[Finding]) -> None:
    """Raise ``CatalogRefused`` if any finding is an error; warnings pass."""
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    if errors:
        raise CatalogRefused(
            f"{len(errors)} findings refuse the catalog, the first: {errors[0].message}",
            findings=[{"code": e.code, "key": e.key, "message": e.message} for e in errors],
        )


def error(code: str, key: str, *, message: str) -> Finding:
    """Make a finding that refuses."""
    return Finding(Severity.ERROR, code, key, message)


def warning(code: str, key: str, *, message: str) -> Finding:
    """Make a finding that is only told."""
    return Finding(Severity.WARNING, code, key, message)


def _repeated(catalog: Catalog) -> Iterator[Finding]:
    keyed: dict[str, list[Hashable]] = {
        "sellers": [seller.code for seller in catalog.sellers],
        "markets": [market.code for market in catalog.markets],
        "products": [product.code for product in catalog.products],
        "plans": [plan.code for plan in catalog.plans],
        "coupons": [coupon.code for coupon in catalog.coupons],
        "prices": [(p.plan_code, p.market_code, p.valid_from.isoformat()) for p in catalog.prices],
        "tax_rates": [
            (r.market_code, r.category, r.valid_from.isoformat()) for r in catalog.tax_rates
        ],
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
        *((_price_key(p), p.plan_code, plans) for p in catalog.prices),
        *((_price_key(p), p.market_code, markets) for p in catalog.prices),
        *((_rate_key(r), r.market_code, markets) for r in catalog.tax_rates),
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
        if plan.cadence_count < 1 or plan.trial_days < 0:
            yield error("terms_illegal", f"plans.{plan.code}", message="a count below its least")


def _price_rows(catalog: Catalog) -> Iterator[Finding]:
    currencies = {market.code: market.currency for market in catalog.markets}
    for price in catalog.prices:
        key = _price_key(price)
        wanted = currencies.get(price.market_code, price.currency)
        if price.currency != wanted:
            message = f"a price in {price.currency} where the market pays in {wanted}"
            yield error("price_currency", key, message=message)
        if not 0 < price.amount_minor <= MINOR_MAX:
            message = f"{price.amount_minor} minor units is no legal price"
            yield error("amount_illegal", key, message=message)
        expected = price_id(price.plan_code, price.market_code, valid_from=price.valid_from)
        if price.id != expected:
            yield error("price_id", key, message=f"the id must be {expected}")


def _coverage(catalog: Catalog, *, on: date) -> Iterator[Finding]:
    begun = {(p.plan_code, p.market_code) for p in catalog.prices if p.valid_from <= on}
    for plan in catalog.plans:
        for market in catalog.markets:
            if plan.on_sale and (plan.code, market.code) not in begun:
                yield error(
                    "price_missing",
                    f"plans.{plan.code}",
                    message=f"{plan.code} is on sale without a price in {market.code} on {on}",
                )


def _tax_rows(rates: Sequence[TaxRate]) -> Iterator[Finding]:
    for rate in rates:
        if not 0 <= rate.rate_ppm <= PPM:
            message = f"a rate of {rate.rate_ppm} parts per million"
            yield error("rate_illegal", _rate_key(rate), message=message)
        if not rate.source:
            yield error("source_missing", _rate_key(rate), message="a rate without its source")


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
        fault = template_fault(series.template)
        if fault:
            yield error("template_faulty", key, message=f"the template {fault}")
            continue
        for market in catalog.markets:
            most = NUMBER_CHARACTERS_MAX.get(market.code)
            sold = market.seller_code == series.seller_code
            if sold and most is not None and display_length(series.template) > most:
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


def _price_key(price: Price) -> str:
    return f"prices.{price.plan_code}.{price.market_code}.{price.valid_from}"


def _rate_key(rate: TaxRate) -> str:
    return f"tax_rates.{rate.market_code}.{rate.category}.{rate.valid_from}"

"""Read the text of a catalog into values, or refuse it with every mistake it has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledgerline.base import calendar, money
from ledgerline.base.calendar import Unit
from ledgerline.base.ids import PriceId
from ledgerline.base.money import MINOR_MAX, Currency
from ledgerline.catalog.model import (
    PPM,
    Catalog,
    Coupon,
    Market,
    Plan,
    PlanAudience,
    Price,
    Product,
    Seller,
    Series,
    SeriesKind,
    TaxBehavior,
    TaxRate,
    price_id,
)
from ledgerline.catalog.rules import nodes
from ledgerline.catalog.rules.nodes import Spot
from ledgerline.catalog.rules.numbering import template_fault

FORMAT: Final = "1"
TRIAL_DAYS_MAX: Final = 365
MEMBERS_MAX: Final = 20
PERIODS_MAX: Final = 120
PERCENT_DECIMALS_MAX: Final = 4  # one part of a million

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_CODE_WORDS: Final = "small letters, digits and underscores, from a letter on"
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_COUNTRY_WORDS: Final = "two capital letters"
_COUPON: Final = re.compile(r"[A-Z0-9]{3,32}")
_COUPON_WORDS: Final = "3 to 32 capital letters and digits"
_LOCALE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_TAX_ID: Final = re.compile(r"[A-Z0-9][A-Z0-9 .\-]{2,31}")
_CADENCE: Final = re.compile(r"([1-9][0-9]{0,2}) (day|week|month|year)")
_DECIMAL: Final = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?")

_PARTS: Final = (
    "format",
    "sellers",
    "markets",
    "products",
    "plans",
    "prices",
    "sources",
    "tax_rates",
    "coupons",
)


@dataclass(frozen=True, slots=True)
class _Known:
    """The codes a later part of the text may name."""

    sellers: Mapping[str, Seller]
    markets: Mapping[str, Market]
    products: Mapping[str, Product]
    plans: Mapping[str, Plan]


def parse(text: str) -> Catalog:
    """Read a catalog; raises ``CatalogInvalid`` with the line and dotted key of every mistake.

    What one row says is checked here, and that it names rows that exist; whether the rows make a
    catalog that can be sold from is for ``publish``.
    """
    whole = nodes.root(text)
    parts = whole.fields(*_PARTS)
    parts["format"].one_of((FORMAT,), what="format")
    series: list[Series] = []
    sellers = _sellers(parts["sellers"], series)
    markets = _markets(parts["markets"], sellers)
    products = {code: _product(code, spot) for code, spot in _coded(parts["products"])}
    plans = {code: _plan(code, spot, products=products) for code, spot in _coded(parts["plans"])}
    known = _Known(sellers, markets, products, plans)
    catalog = Catalog(
        sellers=tuple(sellers.values()),
        markets=tuple(markets.values()),
        products=tuple(products.values()),
        plans=tuple(plans.values()),
        prices=_prices(parts["prices"], known),
        coupons=_coupons(parts["coupons"]),
        tax_rates=_tax_rates(parts["tax_rates"], known, sources=_sources(parts["sources"])),
        series=tuple(series),
    )
    nodes.refuse(whole.problems)
    return catalog


def _coded(part: Spot) -> list[tuple[str, Spot]]:
    return _named(part, _CODE, wanted=_CODE_WORDS)


def _named(part: Spot, pattern: re.Pattern[str], *, wanted: str) -> list[tuple[str, Spot]]:
    named: list[tuple[str, Spot]] = []
    for name, spot in part.entries():
        if pattern.fullmatch(name):
            named.append((name, spot))
        else:
            spot.note(f"the key {name!r} must be {wanted}")
    return named


def _sellers(part: Spot, series: list[Series]) -> dict[str, Seller]:
    sellers: dict[str, Seller] = {}
    for code, spot in _coded(part):
        fields = spot.fields("name", "legal_name", "country", "zone", "address", "tax_id", "series")
        sellers[code] = Seller(
            code=code,
            name=fields["name"].text(),
            legal_name=fields["legal_name"].text(),
            country=fields["country"].matching(_COUNTRY, wanted=_COUNTRY_WORDS),
            zone=_zone(fields["zone"]),
            address=fields["address"].text(),
            tax_id=fields["tax_id"].matching(_TAX_ID, wanted="capital letters and digits"),
        )
        templates = fields["series"].fields(*SeriesKind)
        series.extend(Series(code, kind, _template(templates[kind])) for kind in SeriesKind)
    return sellers


def _template(spot: Spot) -> str:
    template = spot.text()
    fault = template_fault(template) if template else ""
    if fault:
        spot.note(fault)
    return template


def _zone(spot: Spot) -> str:
    zone = spot.text()
    if zone and not calendar.zone_exists(zone):
        spot.note(f"names an unknown time zone: {zone!r}")
    return zone


def _currency(spot: Spot) -> Currency:
    written = spot.text()
    if not written:
        return Currency("")
    try:
        return money.currency(written)
    except money.UnknownCurrency:
        spot.note(f"names an unknown currency: {written!r}")
        return Currency("")


def _markets(part: Spot, sellers: Mapping[str, Seller]) -> dict[str, Market]:
    markets: dict[str, Market] = {}
    for code, spot in _named(part, _COUNTRY, wanted=_COUNTRY_WORDS):
        fields = spot.fields("currency", "seller", "zone", "locale", "tax_behavior")
        markets[code] = Market(
            code=code,
            currency=_currency(fields["currency"]),
            seller_code=fields["seller"].one_of(sellers, what="seller"),
            zone=_zone(fields["zone"]),
            locale=fields["locale"].matching(_LOCALE, wanted="a locale such as sv-SE"),
            tax_behavior=fields["tax_behavior"].choice(TaxBehavior),
        )
    return markets


def _product(code: str, spot: Spot) -> Product:
    fields = spot.fields("family", "name", "tax_category")
    return Product(
        code=code,
        family=fields["family"].matching(_CODE, wanted=_CODE_WORDS),
        name=fields["name"].text(),
        tax_category=fields["tax_category"].matching(_CODE, wanted=_CODE_WORDS),
    )


def _plan(code: str, spot: Spot, *, products: Mapping[str, Product]) -> Plan:
    fields = spot.fields(
        "product", "name", "audience", "cadence", "members_max", "on_sale", optional=("trial_days",)
    )
    count, unit = _cadence(fields["cadence"])
    trial = fields.get("trial_days")
    return Plan(
        code=code,
        product_code=fields["product"].one_of(products, what="product"),
        name=fields["name"].text(),
        audience=fields["audience"].choice(PlanAudience),
        cadence_count=count,
        cadence_unit=unit,
        trial_days=trial.integer(least=1, most=TRIAL_DAYS_MAX) if trial else 0,
        members_max=fields["members_max"].integer(least=1, most=MEMBERS_MAX),
        on_sale=fields["on_sale"].boolean(),
    )


def _cadence(spot: Spot) -> tuple[int, Unit]:
    written = spot.matching(_CADENCE, wanted="a number and a unit such as 1 month")
    if not written:
        return 1, Unit.MONTH
    count, unit = written.split(" ")
    return int(count), Unit(unit)


def _prices(part: Spot, known: _Known) -> tuple[Price, ...]:
    prices: dict[PriceId, Price] = {}
    for item in part.items():
        fields = item.fields("plan", "valid_from", "amounts")
        plan_code = fields["plan"].one_of(known.plans, what="plan")
        valid_from = fields["valid_from"].day()
        for market_code, spot in fields["amounts"].entries():
            market = known.markets.get(market_code)
            if market is None:
                spot.note(f"names an unknown market: {market_code!r}")
                continue
            price = _price(spot, plan_code, market=market, valid_from=valid_from)
            if plan_code and price.id in prices:
                spot.note(f"{plan_code} already has a price in {market_code} from {valid_from}")
            prices[price.id] = price
    return tuple(prices.values())


def _price(spot: Spot, plan_code: str, *, market: Market, valid_from: date) -> Price:
    return Price(
        id=price_id(plan_code, market.code, valid_from=valid_from),
        plan_code=plan_code,
        market_code=market.code,
        currency=market.currency,
        amount_minor=_amount(spot, market.currency),
        tax_behavior=market.tax_behavior,
        valid_from=valid_from,
    )


def _amount(spot: Spot, currency: Currency) -> int:
    """Read an amount written with exactly the currency's decimals, as minor units."""
    written = spot.matching(_DECIMAL, wanted="an amount in plain digits such as 11.99")
    if not written or not currency:
        return 0
    decimals = money.exponent(currency)
    _, _, fraction = written.partition(".")
    if len(fraction) != decimals:
        spot.note(f"must have {decimals} decimals in {currency}, not {written!r}")
        return 0
    minor = int(written.replace(".", ""))
    if not 0 < minor <= MINOR_MAX:
        spot.note(f"must be above zero and not above {MINOR_MAX} minor units, not {written!r}")
        return 0
    return minor


def _percent(spot: Spot) -> int:
    """Read a percentage of up to 100 as parts per million: ``25.5`` is 255 000."""
    written = spot.matching(_DECIMAL, wanted="a percentage in plain digits such as 25.5")
    whole, _, fraction = written.partition(".")
    if not written:
        return 0
    if len(fraction) > PERCENT_DECIMALS_MAX:
        spot.note(f"must have at most {PERCENT_DECIMALS_MAX} decimals, not {written!r}")
        return 0
    ppm = int(whole + fraction.ljust(PERCENT_DECIMALS_MAX, "0"))
    if ppm > PPM:
        spot.note(f"must be at most 100, not {written!r}")
        return 0
    return ppm


def _sources(part: Spot) -> dict[str, str]:
    return {code: spot.text() for code, spot in _coded(part)}


def _tax_rates(part: Spot, known: _Known, *, sources: Mapping[str, str]) -> tuple[TaxRate, ...]:
    categories = {product.tax_category: code for code, product in known.products.items()}
    rates: dict[tuple[str, str, date], TaxRate] = {}
    for item in part.items():
        fields = item.fields("market", "category", "valid_from", "percent", "source")
        source = fields["source"].one_of(sources, what="source")
        rate = TaxRate(
            market_code=fields["market"].one_of(known.markets, what="market"),
            category=fields["category"].one_of(categories, what="tax category"),
            valid_from=fields["valid_from"].day(),
            rate_ppm=_percent(fields["percent"]),
            source=sources.get(source, ""),
        )
        key = (rate.market_code, rate.category, rate.valid_from)
        if all(key[:2]) and key in rates:
            item.note(f"{key[0]} already has a rate of {key[1]} from {key[2]}")
        rates[key] = rate
    return tuple(rates.values())


def _coupons(part: Spot) -> tuple[Coupon, ...]:
    return tuple(_coupon(code, spot) for code, spot in _named(part, _COUPON, wanted=_COUPON_WORDS))


def _coupon(code: str, spot: Spot) -> Coupon:
    fields = spot.fields(optional=("percent", "amount", "currency", "periods"))
    percent, amount, currency = (fields.get(name) for name in ("percent", "amount", "currency"))
    if (percent is None) == (amount is None):
        spot.note("must have either a percent or an amount")
    if (amount is None) != (currency is None):
        spot.note("must have an amount and a currency together")
    periods = fields.get("periods")
    unit = _currency(currency) if currency else None
    percent_ppm = _percent(percent) if percent else None
    if percent and percent_ppm == 0:
        percent.note("must be above zero")
    return Coupon(
        code=code,
        percent_ppm=percent_ppm,
        amount_minor=_amount(amount, unit) if amount and unit else None,
        currency=unit,
        periods=periods.integer(least=1, most=PERIODS_MAX) if periods else None,
    )

from datetime import date

import pytest

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.base.money import Currency, Money
from ledgerline.catalog.model import (
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
from ledgerline.catalog.rules.nodes import TEXT_CHARACTERS_MAX, CatalogInvalid
from ledgerline.catalog.rules.parse import parse
from tests.unit.catalog.texts import SHIPPED, SMALL, mistakes, planted, small

NEW_YEAR = date(2026, 1, 1)
SOLO = Plan(
    code="solo_monthly",
    product_code="solo",
    name="010",
    audience=PlanAudience.INDIVIDUAL,
    cadence_count=1,
    cadence_unit=Unit.MONTH,
    trial_days=7,
    members_max=1,
    on_sale=True,
)
FJORD = Seller(
    code="fjord",
    name="Fjord",
    legal_name="Fjord AS",
    country="NO",
    zone="Europe/Oslo",
    address="Eksempelgata 1, 0150 Oslo",
    tax_id="NO 999999999 MVA",
)


def test_every_value_arrives_as_it_was_written() -> None:
    # given text that YAML alone would turn into false, eight and a thousand
    # when it is read
    catalog = small()
    # then NO is a country, 010 a name and 1e3 the name of a source
    assert catalog == Catalog(
        sellers=(FJORD,),
        markets=(
            Market(
                code="NO",
                currency=Currency("NOK"),
                seller_code="fjord",
                zone="Europe/Oslo",
                locale="nb-NO",
                tax_behavior=TaxBehavior.INCLUSIVE,
            ),
        ),
        products=(Product("solo", "music", "Solo", "digital_services"),),
        plans=(SOLO,),
        prices=(
            Price(
                id=price_id("solo_monthly", "NO", valid_from=NEW_YEAR),
                plan_code="solo_monthly",
                market_code="NO",
                currency=Currency("NOK"),
                amount_minor=12900,
                tax_behavior=TaxBehavior.INCLUSIVE,
                valid_from=NEW_YEAR,
            ),
        ),
        coupons=(
            Coupon(code="HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=2),
        ),
        tax_rates=(
            TaxRate(
                market_code="NO",
                category="digital_services",
                valid_from=date(2005, 1, 1),
                rate_ppm=250_000,
                source="1e3",
            ),
        ),
        series=(
            Series("fjord", SeriesKind.INVOICE, "F-{yyyy}-{n:06}"),
            Series("fjord", SeriesKind.CREDIT_NOTE, "FC-{yyyy}-{n:06}"),
            Series("fjord", SeriesKind.RECEIPT, "FR-{yyyy}-{n:06}"),
        ),
    )


def test_plan_gives_its_cadence_and_price_its_money() -> None:
    catalog = small()
    assert catalog.plans[0].cadence == Cadence(1, Unit.MONTH)
    assert catalog.prices[0].amount == Money(12900, Currency("NOK"))


def test_optional_parts_of_a_plan_and_a_coupon_may_be_left_out() -> None:
    # given no trial, and a coupon of an amount without an end
    text = planted(
        ("    trial_days: 7\n", ""),
        ("HALF: {percent: 50, periods: 2}", 'MINUS5: {amount: "5.00", currency: NOK}'),
    )
    # when it is read
    catalog = parse(text)
    # then
    assert catalog.plans[0].trial_days == 0
    assert catalog.coupons == (
        Coupon(
            code="MINUS5",
            percent_ppm=None,
            amount_minor=500,
            currency=Currency("NOK"),
            periods=None,
        ),
    )


def test_one_reading_finds_every_mistake_with_its_line_and_key() -> None:
    # given a dozen and more mistakes of every kind
    text = planted(
        ("    country: NO\n", "    country: Norway\n"),
        ("    tax_id: NO 999999999 MVA\n", ""),
        ('"FC-{yyyy}-{n:06}"', '"FC-{year}"'),
        ("    currency: NOK\n", "    currency: NOK\n    currency: SEK\n"),
        ("    seller: fjord\n", "    seller: fjrd\n"),
        ("    zone: Europe/Oslo\n    locale", "    zone: Europe/Olso\n    locale"),
        ("tax_behavior: inclusive", "tax_behavior: included"),
        ("cadence: 1 month", "cadence: monthly"),
        ("trial_days: 7", "trial_days: 7.0"),
        ("on_sale: true", "on_sale: yes"),
        ("valid_from: 2026-01-01", "valid_from: 2026-02-30"),
        ("NO: 129.00", "NO: 1.29e2"),
        ("percent: 25\n", "percent: 25,0\n"),
        ("percent: 50, periods: 2", "percent: 50, period: 2"),
    )
    # when it is read
    found = mistakes(text)
    # then each is named once, in the order of the lines
    assert [(line, key) for line, key, _ in found] == [
        (3, "sellers.fjord.tax_id"),
        (6, "sellers.fjord.country"),
        (11, "sellers.fjord.series.credit_note"),
        (16, "markets.NO.currency"),
        (17, "markets.NO.seller"),
        (18, "markets.NO.zone"),
        (20, "markets.NO.tax_behavior"),
        (28, "plans.solo_monthly.cadence"),
        (29, "plans.solo_monthly.trial_days"),
        (31, "plans.solo_monthly.on_sale"),
        (34, "prices[0].valid_from"),
        (36, "prices[0].amounts.NO"),
        (43, "tax_rates[0].percent"),
        (46, "coupons.HALF.period"),
    ]


@pytest.mark.parametrize(
    ("_case", "sound", "faulty", "expected"),
    [
        (
            "an exponent is no amount",
            "NO: 129.00",
            "NO: 1e3",
            (
                36,
                "prices[0].amounts.NO",
                "must be an amount in plain digits such as 11.99, not '1e3'",
            ),
        ),
        (
            "decimals must be those of the currency",
            "NO: 129.00",
            "NO: 129",
            (36, "prices[0].amounts.NO", "must have 2 decimals in NOK, not '129'"),
        ),
        (
            "a free plan is no price",
            "NO: 129.00",
            "NO: 0.00",
            (
                36,
                "prices[0].amounts.NO",
                "must be above zero and not above 2000000000000 minor units, not '0.00'",
            ),
        ),
        (
            "a market must exist",
            "NO: 129.00",
            "SE: 129.00",
            (36, "prices[0].amounts.SE", "names an unknown market: 'SE'"),
        ),
        (
            "an empty value is not read as nothing",
            "locale: nb-NO",
            "locale:",
            (19, "markets.NO.locale", "must not be empty"),
        ),
        (
            "a leading zero is no number",
            "members_max: 1",
            "members_max: 01",
            (
                30,
                "plans.solo_monthly.members_max",
                "must be a whole number from 1 to 20, not '01'",
            ),
        ),
        (
            "a number has bounds",
            "members_max: 1",
            "members_max: 21",
            (
                30,
                "plans.solo_monthly.members_max",
                "must be a whole number from 1 to 20, not '21'",
            ),
        ),
        (
            "a value is not a list",
            "name: Fjord\n",
            "name: [Fjord]\n",
            (4, "sellers.fjord.name", "must be a single value"),
        ),
        (
            "a long text is refused",
            "name: Fjord\n",
            f"name: {'F' * 301}\n",
            (4, "sellers.fjord.name", "must have at most 300 characters"),
        ),
        (
            "a text that turns the direction of writing is refused",
            "name: Fjord\n",
            "name: Fj\u202eord\n",
            (4, "sellers.fjord.name", "must be one line without control characters"),
        ),
        (
            "a rate keeps to parts per million",
            "percent: 25\n",
            "percent: 25.00001\n",
            (43, "tax_rates[0].percent", "must have at most 4 decimals, not '25.00001'"),
        ),
        (
            "a rate is no more than the whole",
            "percent: 25\n",
            "percent: 100.1\n",
            (43, "tax_rates[0].percent", "must be at most 100, not '100.1'"),
        ),
        (
            "a coupon takes something off",
            "percent: 50,",
            "percent: 0.0,",
            (46, "coupons.HALF.percent", "must be above zero"),
        ),
        (
            "a coupon has one effect",
            "percent: 50,",
            "percent: 50, amount: 5.00, currency: NOK,",
            (46, "coupons.HALF", "must have either a percent or an amount"),
        ),
        (
            "a currency must exist",
            "currency: NOK",
            "currency: nok",
            (16, "markets.NO.currency", "names an unknown currency: 'nok'"),
        ),
        (
            "a code has a form",
            "  HALF:",
            "  half:",
            (46, "coupons.half", "the key 'half' must be 3 to 32 capital letters and digits"),
        ),
        (
            "a date has one form",
            "valid_from: 2026-01-01",
            "valid_from: 20260101",
            (34, "prices[0].valid_from", "must be a date written YYYY-MM-DD, not '20260101'"),
        ),
        (
            "an empty choice is told once",
            "audience: individual",
            "audience:",
            (27, "plans.solo_monthly.audience", "must not be empty"),
        ),
        (
            "an empty currency is told once",
            "{percent: 50, periods: 2}",
            "{amount: 5.00, currency: ''}",
            (46, "coupons.HALF.currency", "must not be empty"),
        ),
        (
            "the format is known",
            "format: 1",
            "format: 2",
            (1, "format", "names an unknown format: '2'"),
        ),
    ],
)
def test_a_mistake_is_told_in_words(
    _case: str, sound: str, faulty: str, expected: tuple[int, str, str]
) -> None:
    assert mistakes(planted((sound, faulty))) == [expected]


def test_an_amount_needs_its_currency() -> None:
    text = planted(("percent: 50,", "amount: 5.00,"))
    wanted = "must have an amount and a currency together"
    assert mistakes(text) == [(46, "coupons.HALF", wanted)]


def test_a_price_is_stated_once_for_a_day() -> None:
    text = planted(
        (
            "sources:\n",
            "  - {plan: solo_monthly, valid_from: 2026-01-01, amounts: {NO: 99.00}}\nsources:\n",
        )
    )
    message = "solo_monthly already has a price in NO from 2026-01-01"
    assert mistakes(text) == [(37, "prices[1].amounts.NO", message)]


def test_a_tax_rate_is_stated_once_for_a_day() -> None:
    again = (
        "  - {market: NO, category: digital_services, valid_from: 2005-01-01,"
        " percent: 24, source: statute}\ncoupons:\n"
    )
    message = "NO already has a rate of digital_services from 2005-01-01"
    assert mistakes(planted(("coupons:\n", again))) == [(45, "tax_rates[1]", message)]


def test_parts_of_the_wrong_shape_are_refused_where_they_stand() -> None:
    # given a list for a mapping and a mapping for a list
    text = "format: 1\nsellers: {a: 1}\nmarkets: {}\nproducts: {}\nplans: {}\nprices: {}\n"
    # when
    found = mistakes(text + "sources: {}\ntax_rates: []\ncoupons: {? [A] : 1}\n")
    # then
    assert found == [
        (2, "sellers.a", "must be a mapping of keys to values"),
        (6, "prices", "must be a list"),
        (9, "coupons", "a key must be a text"),
    ]


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("nothing", "", (1, "", "is empty")),
        ("not YAML", "a: [\n", (2, "", "is not YAML: expected the node content, but found")),
        ("two documents", "a: 1\n---\nb: 2\n", (2, "", "is not YAML: but found another document")),
        ("a control character", "a: 1\nb: \x00\n", (2, "", "is not YAML: it contains a character")),
        ("an anchor", "a: &x 1\n", (1, "", "the anchor &x is not allowed")),
        ("a type", "a: 1\nb: !!int 1\n", (2, "", "the type tag:yaml.org,2002:int is not allowed")),
        ("a deep nest", "[" * 5000, (1, "", "is nested deeper than 8 levels")),
        ("a long text", "#" * (TEXT_CHARACTERS_MAX + 1), (1, "", "must have at most 1000000")),
    ],
)
def test_a_text_that_is_no_plain_document_is_refused(
    _case: str, text: str, expected: tuple[int, str, str]
) -> None:
    [(line, key, message)] = mistakes(text)
    assert (line, key) == expected[:2]
    assert message.startswith(expected[2])


def test_an_alias_cannot_make_a_short_text_long() -> None:
    found = mistakes("a: &x [1]\nb: [*x, *x]\n")
    assert [message for _, _, message in found] == [
        "the anchor &x is not allowed",
        "the alias *x is not allowed: write the value out",
        "the alias *x is not allowed: write the value out",
    ]


def test_refusal_has_a_stable_code_and_says_where_to_look_first() -> None:
    with pytest.raises(CatalogInvalid) as refused:
        parse(SMALL.replace("country: NO", "country: no"))
    assert refused.value.code == "catalog_invalid"
    assert refused.value.detail == "the catalog has 1 mistake, the first on line 6"


def test_shipped_catalog_reads() -> None:
    catalog = parse(SHIPPED)
    amounts = {
        (price.market_code, price.amount.decimal())
        for price in catalog.prices
        if price.plan_code == "individual_monthly"
    }
    assert {("JP", "980"), ("KW", "1.990"), ("DE", "11.99"), ("DE", "12.99")} < amounts
    assert len(catalog.markets) == 15
    assert len(catalog.plans) == 7
    assert len(catalog.prices) == 7 * 15 + 1

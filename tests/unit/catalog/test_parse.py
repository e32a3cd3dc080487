from datetime import date
from fractions import Fraction

import pytest

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.base.money import Currency
from ledgerline.catalog.model import (
    Catalog,
    Coupon,
    Market,
    PhaseKind,
    Plan,
    PlanAudience,
    PlanPhase,
    PlanStatus,
    PostalAddress,
    Price,
    Product,
    ProductKind,
    Seller,
    Series,
    SeriesKind,
    TaxBehavior,
    TaxComponent,
    TaxRate,
    coupon_code,
    price_id,
)
from ledgerline.catalog.rules.parse import parse
from ledgerline.catalog.rules.wording import amount_text
from tests.unit.catalog.texts import PRINTED, SHIPPED, planted, small

NEW_YEAR = date(2026, 1, 1)


def _price(phase_no: int, unit_num: int) -> Price:
    return Price(
        id=price_id(
            "solo_monthly", phase_no=phase_no, component="base", market_code="NO",
            valid_from=NEW_YEAR,
        ),
        plan_code="solo_monthly",
        phase_no=phase_no,
        component="base",
        market_code="NO",
        currency=Currency("NOK"),
        unit_num=unit_num,
        unit_den=1,
        tax_behavior=TaxBehavior.INCLUSIVE,
        valid_from=NEW_YEAR,
    )  # fmt: skip


FJORD = Seller(
    code="fjord",
    name="Fjord",
    legal_name="Fjord AS",
    country="NO",
    zone="Europe/Oslo",
    address=PostalAddress("Eksempelgata 1", "Oslo", postal_code="0150"),
    tax_id="NO 999999999 MVA",
)


SOLO = Product(
    code="solo",
    family="music",
    name="Solo",
    tax_category="digital_services",
    kind=ProductKind.BASE,
)
SOLO_MONTHLY = Plan(
    code="solo_monthly",
    product_code="solo",
    name="010",
    audience=PlanAudience.INDIVIDUAL,
    cadence_count=1,
    cadence_unit=Unit.MONTH,
    members_max=1,
    status=PlanStatus.ON_SALE,
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
        products=(SOLO,),
        plans=(SOLO_MONTHLY,),
        phases=(
            PlanPhase("solo_monthly", 1, PhaseKind.TRIAL, length_count=7, length_unit=Unit.DAY),
            PlanPhase("solo_monthly", 2, PhaseKind.EVERGREEN),
        ),
        add_on_rules=(),
        prices=(_price(2, 12900), _price(1, 0)),
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


def test_plan_gives_its_cadence() -> None:
    assert small().plans[0].cadence == Cadence(1, Unit.MONTH)


def test_optional_parts_of_a_plan_and_a_coupon_may_be_left_out() -> None:
    # given no trial, and a coupon of an amount without an end
    text = planted(
        ("    phases: [trial: 7 days, evergreen]\n", ""),
        ("HALF: {percent: 50, periods: 2}", 'MINUS5: {amount: "5.00", currency: NOK}'),
    )
    # when it is read
    catalog = parse(text)
    # then
    assert catalog.phases == (PlanPhase("solo_monthly", 1, PhaseKind.EVERGREEN),)
    assert [(price.phase_no, price.unit_num) for price in catalog.prices] == [(1, 12900)]
    assert catalog.coupons == (
        Coupon(
            code="MINUS5",
            percent_ppm=None,
            amount_minor=500,
            currency=Currency("NOK"),
            periods=None,
        ),
    )


def test_a_price_below_the_minor_unit_is_exact() -> None:
    # given half an øre
    price = parse(planted(("NO: 129.00", 'NO: "0.005"'))).prices[0]
    # then it is a fraction of the minor unit
    assert (price.unit_num, price.unit_den) == (1, 2)


def test_the_line_of_every_row_is_known() -> None:
    lines = small().lines
    assert lines["plans.solo_monthly.cadence"] == 28
    assert lines["prices.solo_monthly"] == 33
    assert lines["prices.solo_monthly.2.base.NO.2026-01-01"] == 36
    assert lines["prices.solo_monthly.1.base.NO.2026-01-01"] == 36
    assert lines["tax_rates.NO.digital_services.2005-01-01"] == 40


def test_shipped_catalog_reads() -> None:
    catalog = parse(SHIPPED)
    amounts = {
        (price.market_code, amount_text(price.unit, price.currency))
        for price in catalog.prices
        if price.plan_code == "individual_monthly"
    }
    assert {("JP", "980"), ("KW", "1.990"), ("DE", "11.99"), ("DE", "12.99")} < amounts
    assert len(catalog.markets) == 15
    assert len(catalog.plans) == 11
    # seven plans in all markets and one rise, their trials, and six lists for five markets
    assert len(catalog.prices) == (7 * 15 + 1) + (4 * 15 + 1) + 6 * 5


@pytest.mark.parametrize(
    ("unit", "currency", "written"),
    [
        (Fraction(1799), "EUR", "17.99"),
        (Fraction(1, 2), "EUR", "0.005"),
        (Fraction(1, 1_000_000), "EUR", "0.00000001"),
        (Fraction(1500), "EUR", "15.00"),
        (Fraction(1961, 2), "JPY", "980.5"),
        (Fraction(980), "JPY", "980"),
        (Fraction(1990), "KWD", "1.990"),
        (Fraction(0), "EUR", "0.00"),
        (Fraction(1, 3), "EUR", "1/3 minor units"),
    ],
)
def test_an_amount_is_written_with_every_decimal_it_has(
    unit: Fraction, currency: str, written: str
) -> None:
    assert amount_text(unit, Currency(currency)) == written


@pytest.mark.parametrize("typed", ["HALF", "half", "  Half \n"])
def test_a_coupon_may_be_typed_in_any_case_and_with_spaces(typed: str) -> None:
    assert coupon_code(typed) == "HALF"


def test_what_documents_print_arrives_as_it_was_written() -> None:
    catalog = parse(PRINTED)
    [seller], [market], [rate] = catalog.sellers, catalog.markets, catalog.tax_rates
    assert seller.address == PostalAddress(
        "Eksempelgata 1", "Oslo", line2="2. etasje", postal_code="0150", region="Oslo fylke"
    )
    assert (seller.registration, seller.email) == ("999 999 999", "hei@fjord.example")
    assert (seller.website, seller.colour) == ("https://fjord.example", "#1f7a5c")
    assert (seller.logo or "").splitlines() == [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">',
        '  <circle cx="4" cy="4" r="4"/>',
        "</svg>",
    ]
    assert (market.rounding_mode, market.rounding_target, market.rounding_components) == (
        "down", "tax", "equal",
    )  # fmt: skip
    assert market.simplified_up_to_minor == 25_000
    assert (rate.treatment, rate.name, rate.reason) == ("standard", "MVA", None)
    assert rate.components == (TaxComponent("State", 125_000), TaxComponent("City", 125_000))

"""Look-ups of a decision: prices, rates, coupons; what is missing is refused, never guessed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from ledgerline.base.calendar import Cadence, Period, Unit
from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import (
    PriceMissing,
    RoundingComponents,
    RoundingTarget,
    TaxBehavior,
    TaxComponent,
    TaxRate,
    TaxTreatment,
    UnknownCoupon,
)
from ledgerline.catalog.rows import CouponRow
from ledgerline.pricing.model import (
    NO_DISCOUNT,
    USUAL,
    CouponNotApplicable,
    Discount,
    Rounding,
    Taxation,
    Terms,
)
from ledgerline.pricing.rows import TaxRateRow
from ledgerline.pricing.tax.rates import TaxRateMissing
from ledgerline.rules.terms import Book, amount_over, cadence_of, on_sale, rounding_of
from tests.unit.pricing.lines import days
from tests.unit.rules.rows import offer
from tests.unit.rules.sold import (
    ALWAYS,
    MONTHLY,
    QUARTERLY,
    YEARLY,
    Catalog,
    Sold,
    price_id,
    sold,
)

RISE = date(2026, 3, 1)
PLAN = Sold("plan", ((ALWAYS, 1000), (RISE, 1200)), fee=250)
CATALOG = Catalog(
    [PLAN, sold("year", 11990, cadence=YEARLY)],
    rates=((date(2026, 1, 1), 190_000), (date(2026, 4, 1), 210_000)),
    coupons=(
        CouponRow(code="HALF", percent_ppm=500_000, amount_minor=None, currency=None, periods=3),
        CouponRow(
            code="FIFTH", percent_ppm=200_000, amount_minor=None, currency=None, periods=None
        ),
        CouponRow(code="EURO", percent_ppm=None, amount_minor=100, currency="EUR", periods=None),
        CouponRow(code="DOLLAR", percent_ppm=None, amount_minor=100, currency="USD", periods=None),
        CouponRow(code="NOTHING", percent_ppm=None, amount_minor=None, currency=None, periods=None),
    ),
)
BOOK = CATALOG.book
OF_PLAN = price_id("plan", 1, "base", ALWAYS)
APRIL = days("2026-04-01", "2026-05-01")
HALF, DOLLAR = [offer(1, "HALF", "2026-01-01")], [offer(1, "DOLLAR", "2026-01-01")]


def test_prices_and_coupons_are_found_by_what_names_them() -> None:
    assert (BOOK.price(OF_PLAN).plan_code, BOOK.price(OF_PLAN).unit_num) == ("plan", 1000)
    assert BOOK.coupon("HALF").percent_ppm == 500_000


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(PriceMissing):
        BOOK.price(price_id("other", 1, "base", ALWAYS))
    with pytest.raises(UnknownCoupon):
        BOOK.coupon("half")
    with pytest.raises(PriceMissing):
        Book.of([], []).price(OF_PLAN)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((), NO_DISCOUNT),
        (("NOTHING",), NO_DISCOUNT),
        (("HALF",), Discount(percent_ppm=500_000)),
        (("HALF", "FIFTH"), Discount(percent_ppm=600_000)),  # 0.5 × 0.8 is left
        (("EURO", "EURO"), Discount(amount_minor=200)),
        (("FIFTH", "EURO"), Discount(percent_ppm=200_000, amount_minor=100)),
    ],
)
def test_shares_follow_one_another_and_amounts_are_added(
    codes: Sequence[str], expected: Discount
) -> None:
    offers = [offer(no, code, "2026-01-01") for no, code in enumerate(codes, 1)]
    assert BOOK.discount(offers, BOOK.price(OF_PLAN), grid=APRIL) == expected


def test_amount_of_another_currency_is_no_discount() -> None:
    with pytest.raises(CouponNotApplicable):
        BOOK.discount(DOLLAR, BOOK.price(OF_PLAN), grid=APRIL)
    in_dollars = BOOK.price(OF_PLAN)._replace(currency="USD")
    assert BOOK.discount(DOLLAR, in_dollars, grid=APRIL) == Discount(amount_minor=100)


@pytest.mark.parametrize(
    ("per", "begun", "period", "expected"),
    [
        (MONTHLY, "2026-01-01", days("2026-03-01", "2027-03-01"), 2400),
        (MONTHLY, "2026-01-31", days("2026-03-01", "2027-03-01"), 2400),
        (MONTHLY, "2026-01-01", days("2026-03-11", "2027-03-11"), 2400),
        (MONTHLY, "2026-01-01", days("2026-04-01", "2026-07-01"), 600),
        (MONTHLY, "2026-01-01", days("2026-04-16", "2026-04-23"), 47),  # 200 × 7/30
        (YEARLY, "2026-01-01", days("2026-01-01", "2026-02-01"), 17),  # 200 × 31/365
        (QUARTERLY, "2026-01-01", days("2026-03-15", "2026-04-15"), 69),  # 17/90 + 14/91
    ],
)
def test_an_amount_off_is_converted_to_another_cadence_by_days(
    per: Cadence, begun: str, period: Period, expected: int
) -> None:
    assert amount_over(200, offer(1, "EURO", begun, per=per), period) == expected


def test_an_amount_off_is_converted_only_on_another_cadence() -> None:
    year, monthly = days("2026-03-01", "2027-03-01"), offer(1, "EURO", "2026-01-31")
    of_year = BOOK.price(price_id("year", 1, "base", ALWAYS))
    assert BOOK.discount([monthly], of_year, grid=year) == Discount(amount_minor=1200)
    february = days("2026-02-01", "2026-03-01")  # the same cadence on another day
    assert BOOK.discount([monthly], BOOK.price(OF_PLAN), grid=february).amount_minor == 100
    yearly = offer(1, "EURO", "2026-03-01", per=YEARLY)
    assert BOOK.discount([yearly], of_year, grid=year) == Discount(amount_minor=100)


def test_terms_are_a_price_with_the_rate_of_its_tax_point() -> None:
    before = BOOK.terms(OF_PLAN, quantity=2, offers=HALF, grid=APRIL, tax_point=date(2026, 3, 31))
    assert before == Terms(
        price_id=OF_PLAN,
        plan_code="plan",
        plan_name="plan",
        currency=before.currency,
        unit=Fraction(1000),
        quantity=2,
        behavior=TaxBehavior.INCLUSIVE,
        tax_category="digital_services",
        tax_rate_ppm=190_000,
        discount=Discount(percent_ppm=500_000),
    )
    assert before.currency == "EUR"
    after = BOOK.terms(OF_PLAN, quantity=2, offers=HALF, grid=APRIL, tax_point=date(2026, 4, 1))
    assert after == replace(before, tax_rate_ppm=210_000)


def test_rate_that_is_not_known_is_never_zero() -> None:
    with pytest.raises(TaxRateMissing):
        BOOK.terms(OF_PLAN, quantity=1, offers=[], grid=APRIL, tax_point=date(2025, 12, 31))


@pytest.mark.parametrize(
    ("cadence", "expected"),
    [(YEARLY, Cadence(1, Unit.YEAR)), (QUARTERLY, Cadence(3, Unit.MONTH))],
)
def test_price_says_how_often_it_is_due(cadence: Cadence, expected: Cadence) -> None:
    [price] = Catalog([sold("plan", 1000, cadence=cadence)]).prices
    assert cadence_of(price) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(1999, 12, 31), None),
        (ALWAYS, 1000),
        (date(2026, 2, 28), 1000),
        (RISE, 1200),
        (date(2030, 1, 1), 1200),
    ],
)
def test_sale_gets_the_price_that_began_last(day: date, expected: int | None) -> None:
    for prices in (CATALOG.prices, CATALOG.prices[::-1]):
        found = on_sale(prices, plan_code="plan", phase_no=1, component="base", on=day)
        assert (found and found.unit_num) == expected


def test_price_of_another_plan_phase_or_component_is_not_the_one() -> None:
    fee = on_sale(CATALOG.prices, plan_code="plan", phase_no=1, component="setup", on=RISE)
    assert fee is not None
    assert fee.unit_num == 250
    for plan, phase_no, component in (("other", 1, "base"), ("plan", 2, "base"), ("year", 1, "x")):
        found = on_sale(
            CATALOG.prices, plan_code=plan, phase_no=phase_no, component=component, on=RISE
        )
        assert found is None


def test_a_market_rounds_as_its_columns_say() -> None:
    assert rounding_of("half_up", "tax", "separate") == USUAL
    assert rounding_of("down", "net", "combined") == Rounding(
        RoundingMode.DOWN, RoundingTarget.NET, RoundingComponents.COMBINED
    )
    # and what is priced there is rounded so
    row = BOOK.price(OF_PLAN)._replace(rounding_mode="down")
    book = replace(BOOK, prices={row.id.int: row})
    terms = book.terms(OF_PLAN, quantity=1, offers=(), grid=APRIL, tax_point=APRIL.start)
    assert terms.rounding == Rounding(RoundingMode.DOWN)


def test_terms_say_why_and_by_which_taxes_something_is_taxed() -> None:
    rate = TaxRate(
        market_code="XX",
        category="digital_services",
        valid_from=date(2000, 1, 1),
        rate_ppm=180_000,
        source="statute",
        treatment=TaxTreatment.REDUCED,
        components=(TaxComponent("CGST", 90_000), TaxComponent("SGST", 90_000)),
    )
    row = BOOK.price(OF_PLAN)
    rate = replace(rate, market_code=row.market_code, category=row.tax_category)
    book = Book.of([row], [TaxRateRow.of(rate)])
    terms = book.terms(OF_PLAN, quantity=1, offers=(), grid=APRIL, tax_point=APRIL.start)
    assert terms.taxation == Taxation(TaxTreatment.REDUCED, 180_000, (90_000, 90_000))

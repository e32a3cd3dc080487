"""Look-ups of a decision: prices, rates, coupons; what is missing is refused, never guessed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.catalog.model import PriceMissing, TaxBehavior, UnknownCoupon
from ledgerline.catalog.rows import CouponRow
from ledgerline.pricing.model import NO_DISCOUNT, CouponNotApplicable, Discount, Terms
from ledgerline.pricing.tax.rates import TaxRateMissing
from ledgerline.rules.terms import Book, cadence_of, on_sale
from tests.unit.rules.sold import ALWAYS, QUARTERLY, YEARLY, Catalog, Sold, price_id, sold

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
    assert BOOK.discount(codes, "EUR") == expected


def test_amount_of_another_currency_is_no_discount() -> None:
    with pytest.raises(CouponNotApplicable):
        BOOK.discount(["DOLLAR"], "EUR")
    assert BOOK.discount(["DOLLAR"], "USD") == Discount(amount_minor=100)


def test_terms_are_a_price_with_the_rate_of_its_tax_point() -> None:
    before = BOOK.terms(OF_PLAN, quantity=2, offer_codes=["HALF"], tax_point=date(2026, 3, 31))
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
    after = BOOK.terms(OF_PLAN, quantity=2, offer_codes=["HALF"], tax_point=date(2026, 4, 1))
    assert after == replace(before, tax_rate_ppm=210_000)


def test_rate_that_is_not_known_is_never_zero() -> None:
    with pytest.raises(TaxRateMissing):
        BOOK.terms(OF_PLAN, quantity=1, offer_codes=[], tax_point=date(2025, 12, 31))


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

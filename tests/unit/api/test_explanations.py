"""Explanations can be computed again by whoever reads them."""

from dataclasses import replace
from datetime import date

import pytest

from ledgerline.api.explanations import (
    explain,
    explain_days,
    explain_tax,
    fraction_text,
    of_line,
    percent,
)
from ledgerline.base.calendar import Period
from ledgerline.base.ids import PriceId, reference_id
from ledgerline.base.money import Currency
from ledgerline.catalog.model import TaxBehavior
from ledgerline.pricing.model import Discount, Terms
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.rules.price import price

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
TERMS = Terms(
    price_id=PriceId(reference_id("price", "test")),
    plan_code="plan",
    currency=Currency("EUR"),
    unit_minor=1799,
    quantity=2,
    behavior=TaxBehavior.INCLUSIVE,
    tax_rate_ppm=190_000,
    discount=Discount(percent_ppm=100_000),
)


def test_a_whole_period_is_price_times_quantity_less_discount() -> None:
    how = explain(of_line(price(TERMS, period=JANUARY, grid=JANUARY)))
    assert how.rule == "price.full"
    assert how.formula == "1799 × 2 − 360 = 3238"
    assert how.tax == "3238 × 19/119 = 516.99 → 517"


def test_a_piece_that_reaches_the_end_is_its_share_of_days() -> None:
    piece = Period(date(2026, 1, 14), JANUARY.end)
    how = explain(of_line(price(replace(TERMS, quantity=1), period=piece, grid=JANUARY)))
    assert how.rule == "proration.day"
    assert how.formula == "1799 × 1 − 180 = 1619; 1619 × 18/31 = 940.06 → 940"


@pytest.mark.parametrize(("first", "end"), [(1, 2), (1, 31), (2, 16), (15, 16), (30, 31)])
def test_a_piece_in_the_middle_is_the_difference_of_two_ends(first: int, end: int) -> None:
    piece = Period(date(2026, 1, first), date(2026, 1, end))
    text = explain_days(1799, piece=piece, grid=JANUARY)
    assert int(text.rpartition(" ")[2]) == portion(1799, piece=piece, grid=JANUARY)
    assert text.count(" − ") == 1


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("added", explain_tax(10_000, 10_887, 88_750, TaxBehavior.EXCLUSIVE),
         "10000 × 8.875/100 = 887.50 → 888"),
        ("none", explain_tax(1199, 1199, 0, TaxBehavior.EXCLUSIVE), "1199 × 0/100 = 0"),
        ("contained", explain_tax(0, 0, 255_000, TaxBehavior.INCLUSIVE), "0 × 25.5/125.5 = 0"),
        ("refunded", explain_tax(-1008, -1199, 190_000, TaxBehavior.INCLUSIVE),
         "-1199 × 19/119 = -191.44 → -191"),
    ],
)  # fmt: skip
def test_tax_is_explained(_case: str, text: str, expected: str) -> None:
    assert text == expected


def test_rates_are_written_with_no_more_decimals_than_they_need() -> None:
    assert [percent(rate) for rate in (0, 190_000, 255_000, 88_750)] == ["0", "19", "25.5", "8.875"]
    assert [fraction_text(rate) for rate in (0, 190_000, 1_000_000)] == ["0", "0.19", "1"]

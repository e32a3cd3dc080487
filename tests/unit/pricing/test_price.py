from dataclasses import replace
from itertools import pairwise

import pytest

from ledgerline.base.calendar import Period
from ledgerline.base.money import MINOR_MAX, Currency
from ledgerline.pricing.model import (
    NO_DISCOUNT,
    AmountTooLarge,
    CouponNotApplicable,
    Discount,
    QuantityRefused,
)
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.rules.price import QUANTITY_MAX, discount_of, discounted, price
from tests.unit.pricing.lines import SEPTEMBER, TERMS, days, terms


def test_whole_period_costs_its_price_with_tax_inside() -> None:
    line = price(terms(1199, rate_ppm=190_000), period=SEPTEMBER, grid=SEPTEMBER)
    assert (line.net_minor, line.tax_minor, line.gross_minor) == (1008, 191, 1199)
    assert (line.grid_minor, line.discount_minor) == (1199, 0)


def test_tax_is_added_to_a_price_that_states_none() -> None:
    line = price(
        terms(5000, rate_ppm=200_000, exclusive=True),
        period=days("2023-02-08", "2023-03-01"),
        grid=days("2023-02-01", "2023-03-01"),
    )
    assert (line.net_minor, line.tax_minor, line.gross_minor) == (3750, 750, 4500)


@pytest.mark.parametrize(
    ("amount", "piece", "grid", "expected"),
    [
        (24995, days("2016-05-01", "2016-05-15"), days("2016-04-15", "2016-05-15"), 11664),
        (24995, days("2016-07-15", "2016-08-10"), days("2016-07-10", "2016-08-10"), 20964),
        (239995, days("2017-05-01", "2017-05-10"), days("2016-05-10", "2017-05-10"), 5918),
        (199995, days("2016-07-01", "2016-07-04"), days("2016-06-04", "2016-07-04"), 20000),
        (1995, days("2018-07-21", "2018-08-01"), days("2018-07-01", "2018-08-01"), 708),
        (11900, days("2026-04-11", "2026-05-01"), days("2026-04-01", "2026-05-01"), 7933),
        (9900, days("2026-05-30", "2027-03-01"), days("2026-03-01", "2027-03-01"), 7459),
        (9900, days("2027-05-30", "2028-03-01"), days("2027-03-01", "2028-03-01"), 7466),
        (1099, days("2026-06-16", "2026-07-01"), days("2026-06-01", "2026-07-01"), 550),
        (3000, days("2026-04-01", "2026-04-20"), days("2026-03-20", "2026-04-20"), 1839),
        (118800, days("2024-05-03", "2025-01-01"), days("2024-01-01", "2025-01-01"), 78875),
        (2995, days("2022-02-15", "2022-03-01"), days("2022-02-01", "2022-03-01"), 1498),
        (2999, days("2026-01-06", "2026-01-12"), days("2026-01-05", "2026-01-12"), 2571),
    ],
)
def test_stub_costs_its_days_of_the_period_it_lies_in(
    amount: int, piece: Period, grid: Period, expected: int
) -> None:
    assert portion(amount, piece=piece, grid=grid) == expected


def test_pieces_are_differences_of_suffixes_so_that_no_unit_is_made_or_lost() -> None:
    cuts = ["2026-06-01", "2026-06-04", "2026-06-10", "2026-06-16", "2026-07-01"]
    june = days("2026-06-01", "2026-07-01")
    pieces = [portion(24995, piece=days(start, end), grid=june) for start, end in pairwise(cuts)]
    assert pieces == [2499, 4999, 4999, 12498]
    assert sum(pieces) == 24995


def test_empty_piece_costs_nothing() -> None:
    assert portion(1099, piece=days("2026-09-12", "2026-09-12"), grid=SEPTEMBER) == 0


def test_quantity_and_discount_are_rounded_once_before_the_period_is_cut() -> None:
    three = replace(TERMS, quantity=3, discount=Discount(percent_ppm=333_333))
    line = price(three, period=days("2026-09-16", "2026-10-01"), grid=SEPTEMBER)
    assert line.discount_minor == 1099  # 3297 × 33.3333 % = 1098.99
    assert line.grid_minor == 2198
    assert line.gross_minor == 1099


@pytest.mark.parametrize(
    ("full", "discount", "expected"),
    [
        (1199, Discount(percent_ppm=500_000), 600),  # 599.5, away from zero
        (1199, Discount(amount_minor=200), 200),
        (150, Discount(amount_minor=200), 150),
        (1199, Discount(percent_ppm=1_000_000), 1199),
        (1199, NO_DISCOUNT, 0),
    ],
)
def test_discount_takes_off_at_most_what_there_is(
    full: int, discount: Discount, expected: int
) -> None:
    assert discounted(full, discount) == expected


@pytest.mark.parametrize("quantity", [-1, 0, QUANTITY_MAX + 1])
def test_quantity_outside_its_bounds_is_refused(quantity: int) -> None:
    with pytest.raises(QuantityRefused):
        price(replace(TERMS, quantity=quantity), period=SEPTEMBER, grid=SEPTEMBER)


def test_line_above_the_largest_amount_is_refused() -> None:
    most = replace(TERMS, unit_minor=MINOR_MAX)
    assert price(most, period=SEPTEMBER, grid=SEPTEMBER).gross_minor == MINOR_MAX
    with pytest.raises(AmountTooLarge):
        price(replace(most, quantity=2), period=SEPTEMBER, grid=SEPTEMBER)


def test_coupon_is_a_share_or_an_amount_of_its_own_currency() -> None:
    assert discount_of(500_000, None, None, "EUR") == Discount(percent_ppm=500_000)
    assert discount_of(None, 200, "EUR", "EUR") == Discount(amount_minor=200)
    assert discount_of(None, None, None, "EUR") == NO_DISCOUNT
    with pytest.raises(CouponNotApplicable):
        discount_of(None, 200, "EUR", Currency("USD"))

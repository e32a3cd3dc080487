from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from ledgerline.base.calendar import Period
from ledgerline.base.money import MINOR_MAX, Currency, RoundingMode
from ledgerline.catalog.model import TaxTreatment
from ledgerline.pricing.model import (
    NO_DISCOUNT,
    AmountTooLarge,
    CouponNotApplicable,
    Discount,
    LineKind,
    Priced,
    QuantityRefused,
    Rounding,
    Taxation,
    TaxGroup,
)
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.rules.price import QUANTITY_MAX, discount_of, discounted, price
from tests.unit.pricing.lines import SEPTEMBER, TERMS, days, piece, priced, rated, terms


def test_whole_period_costs_its_price_with_tax_inside() -> None:
    line = priced(terms(1199, rate_ppm=190_000), period=SEPTEMBER, grid=SEPTEMBER)
    assert (line.net_minor, line.tax_minor, line.gross_minor) == (1008, 191, 1199)
    assert (line.grid_minor, line.discount_minor) == (1199, 0)


def test_tax_is_added_to_a_price_that_states_none() -> None:
    line = priced(
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
    line = priced(three, period=days("2026-09-16", "2026-10-01"), grid=SEPTEMBER)
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
        (1000, Discount(percent_ppm=100_000, amount_minor=50), 150),
        (1000, Discount(percent_ppm=990_000, amount_minor=50), 1000),
    ],
)
def test_discount_takes_off_at_most_what_there_is(
    full: int, discount: Discount, expected: int
) -> None:
    assert discounted(full, discount) == expected


@pytest.mark.parametrize("quantity", [-1, 0, QUANTITY_MAX + 1])
def test_quantity_outside_its_bounds_is_refused(quantity: int) -> None:
    with pytest.raises(QuantityRefused):
        priced(replace(TERMS, quantity=quantity), period=SEPTEMBER, grid=SEPTEMBER)


def test_line_above_the_largest_amount_is_refused() -> None:
    most = terms(MINOR_MAX)
    assert priced(most, period=SEPTEMBER, grid=SEPTEMBER).gross_minor == MINOR_MAX
    with pytest.raises(AmountTooLarge):
        priced(replace(most, quantity=2), period=SEPTEMBER, grid=SEPTEMBER)


def test_coupon_is_a_share_or_an_amount_of_its_own_currency() -> None:
    assert discount_of(500_000, None, None, "EUR") == Discount(percent_ppm=500_000)
    assert discount_of(None, 200, "EUR", "EUR") == Discount(amount_minor=200)
    assert discount_of(100_000, 50, "EUR", "EUR") == Discount(100_000, 50)
    assert discount_of(None, None, None, "EUR") == NO_DISCOUNT
    with pytest.raises(CouponNotApplicable):
        discount_of(None, 200, "EUR", Currency("USD"))


def test_document_without_lines_claims_nothing() -> None:
    assert price(()) == Priced((), ())


def test_tax_is_rounded_once_for_what_is_taxed_alike_in_a_document() -> None:
    # given five lines of 2 at 25 %, each of them 0.5 tax, and a book of 999 at 7 %
    five = piece(terms(2, rate_ppm=250_000, exclusive=True), period=SEPTEMBER, grid=SEPTEMBER)
    book = replace(terms(999, rate_ppm=70_000, exclusive=True), treatment=TaxTreatment.REDUCED)
    done = price((*(five,) * 5, piece(book, period=SEPTEMBER, grid=SEPTEMBER)))
    # then 2.5 is 3, and the earlier lines bear it
    assert [line.tax_minor for line in done.lines] == [1, 1, 1, 0, 0, 70]
    assert [line.gross_minor for line in done.lines] == [3, 3, 3, 2, 2, 1069]
    assert done.groups == (
        TaxGroup(taxation=rated(250_000), net_minor=10, tax_minor=3),
        TaxGroup(taxation=Taxation(TaxTreatment.REDUCED, 70_000), net_minor=999, tax_minor=70),
    )
    assert (done.net_minor, done.tax_minor, done.gross_minor) == (1009, 73, 1082)


def test_categories_that_are_taxed_alike_are_one_group() -> None:
    # given two lines of 2 at 25 % in different categories of products
    music = terms(2, rate_ppm=250_000, exclusive=True)
    video = replace(music, tax_category="video")
    done = price(tuple(piece(of, period=SEPTEMBER, grid=SEPTEMBER) for of in (music, video)))
    # then their tax is 1.0 together, not half a unit each and so 2
    assert [group.tax_minor for group in done.groups] == [1]


def test_document_is_rounded_as_its_market_rounds() -> None:
    # given 11.99, which contains 1.9144
    for mode, tax in ((RoundingMode.DOWN, 191), (RoundingMode.UP, 192)):
        of = replace(terms(1199, rate_ppm=190_000), rounding=Rounding(mode))
        assert priced(of, period=SEPTEMBER, grid=SEPTEMBER).tax_minor == tax


def test_components_of_a_rate_are_told_with_their_group() -> None:
    of = replace(terms(14_000, rate_ppm=149_750, exclusive=True), tax_components=(50_000, 99_750))
    done = price((piece(of, period=SEPTEMBER, grid=SEPTEMBER),))
    assert [group.components_minor for group in done.groups] == [(700, 1397)]
    assert done.tax_minor == 2097


def test_tax_inside_is_shared_out_to_the_lines_as_well() -> None:
    one = piece(terms(333, rate_ppm=190_000), period=SEPTEMBER, grid=SEPTEMBER)
    done = price((one, one, one))
    # 999 contains 159.50, of which each line has 53.17
    assert [line.tax_minor for line in done.lines] == [54, 53, 53]
    assert (done.net_minor, done.tax_minor, done.gross_minor) == (839, 160, 999)


def test_lines_keep_the_order_and_the_component_of_their_pieces() -> None:
    base = piece(terms(1000), period=SEPTEMBER, grid=SEPTEMBER)
    first_day = days("2026-09-01", "2026-09-02")
    fee = piece(terms(250), period=first_day, grid=first_day, kind=LineKind.FIXED)
    done = price((base, replace(fee, component="setup")))
    assert [(line.component, line.kind, line.gross_minor) for line in done.lines] == [
        ("base", "recurring", 1000),
        ("setup", "fixed", 250),
    ]


def test_free_time_costs_nothing_whatever_its_price() -> None:
    of = replace(terms(1199, rate_ppm=190_000), discount=Discount(amount_minor=100))
    line = priced(of, period=SEPTEMBER, grid=SEPTEMBER, kind=LineKind.TRIAL)
    assert (line.grid_minor, line.discount_minor) == (0, 0)
    assert (line.net_minor, line.tax_minor, line.gross_minor) == (0, 0, 0)


@pytest.mark.parametrize(
    ("unit", "quantity", "expected"),
    [
        (Fraction(1, 3), 10, 3),  # a third of a cent for each
        (Fraction(1, 3), 100_000, 33333),
        (Fraction(5, 2), 1, 3),
        (Fraction(5, 2), 2, 5),
    ],
)
def test_price_of_one_may_be_a_part_of_a_minor_unit(
    unit: Fraction, quantity: int, expected: int
) -> None:
    line = priced(replace(TERMS, unit=unit, quantity=quantity), period=SEPTEMBER, grid=SEPTEMBER)
    assert line.gross_minor == expected

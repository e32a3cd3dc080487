"""Units that are given back: of the newest line first, each at what its own line charged."""

from datetime import date

import pytest

from ledgerline.pricing.model import BilledLine
from ledgerline.pricing.rules.credit import amount_of, seats
from tests.unit.pricing.lines import SEPTEMBER, billed, credited, days, priced, terms

CUT = date(2026, 9, 21)  # 10 of 30 days are left


def units(quantity: int, start: str = "2026-09-01", *, price: int = 1200) -> BilledLine:
    period = days(start, "2026-10-01")
    return billed(priced(terms(price, quantity=quantity), period=period, grid=SEPTEMBER))


@pytest.mark.parametrize(("fewer", "expected"), [(1, 400), (3, 1200), (8, 3200), (9, 3200)])
def test_units_are_worth_their_days(fewer: int, expected: int) -> None:
    [(line, credit)] = seats([units(8)], fewer=fewer, cut=CUT)
    assert (line, credit.gross_minor) == (units(8), expected)
    assert (credit.start, credit.end) == (CUT, SEPTEMBER.end)


def test_newest_line_gives_first() -> None:
    lines = [units(5), units(3, "2026-09-11"), units(2, "2026-09-11")]
    found = seats(lines, fewer=3, cut=CUT)
    assert [(line.quantity, credit.gross_minor) for line, credit in found] == [(2, 800), (3, 400)]


def test_units_of_a_line_are_worth_what_that_line_charged() -> None:
    lines = [units(2, price=900), units(1, "2026-09-11", price=1500)]
    found = seats(lines, fewer=2, cut=CUT)
    assert [credit.gross_minor for _, credit in found] == [500, 300]


def test_units_that_are_back_already_are_not_given_again() -> None:
    # given 3 units of the newer line given back
    older, newer = units(5), units(3, "2026-09-11")
    [(_, back)] = seats([older, newer], fewer=3, cut=date(2026, 9, 16))
    assert back.gross_minor == 1800  # 15 days of 30, three times 600
    gone = credited(newer, back, on=date(2026, 9, 16))
    # then the next ones are of the older line
    found = seats([older, gone], fewer=2, cut=CUT)
    assert [(line.quantity, credit.gross_minor) for line, credit in found] == [(5, 800)]


def test_goodwill_is_not_given_twice_with_the_last_unit() -> None:
    line = credited(units(2), amount_of(units(2), 300), on=date(2026, 9, 5))
    # given 300 of 2400 back over the month, 100 of it for the days that are left
    [(_, credit)] = seats([line], fewer=2, cut=CUT)
    assert credit.gross_minor == 700
    [(_, credit)] = seats([line], fewer=1, cut=CUT)
    assert credit.gross_minor == 400


def test_shares_are_rounded_once_for_all_units_of_a_line() -> None:
    # given 7 units at 100 for 30 days: one is worth 33.29 of the 10 days left
    [(_, credit)] = seats([units(7, price=100)], fewer=3, cut=CUT)
    assert credit.gross_minor == 100


def test_line_that_is_over_or_worth_nothing_gives_nothing() -> None:
    assert seats([units(5)], fewer=2, cut=SEPTEMBER.end) == ()
    assert seats([units(5, price=0)], fewer=2, cut=CUT) == ()
    assert seats([], fewer=2, cut=CUT) == ()
    assert seats([units(5)], fewer=0, cut=CUT) == ()

"""What a cut gives back of several lines, and what refunds under way keep from it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from ledgerline.base.calendar import Period
from ledgerline.base.ids import InvoiceId
from ledgerline.pricing.model import LineKind
from ledgerline.pricing.rules.credit import seats
from ledgerline.rules.charged import (
    Charged,
    LineKey,
    Withheld,
    given_back,
    given_back_whole,
    given_before,
    kept_from,
    kept_units,
    total,
)
from tests.unit.pricing.lines import JANUARY, bought, days, over

CUT = date(2026, 1, 16)
FEBRUARY = days("2026-02-01", "2026-03-01")


def charged(no: int, amount: int, period: Period, *, promised: int = 0) -> Charged:
    line = bought(amount, period)
    if promised:
        line = replace(line, reserved=(over(period, promised),))
    key = LineKey(period.start, no, LineKind.RECURRING)
    return Charged(key, InvoiceId(UUID(int=no)), "base", line)


def test_each_line_with_days_left_is_given_back_in_its_order() -> None:
    lines = [
        charged(3, 2800, FEBRUARY),  # billed ahead
        charged(1, 3100, JANUARY),
        charged(2, 3100, days("2025-12-01", "2026-01-01")),  # over
        charged(4, 0, JANUARY),  # cost nothing
    ]
    found = given_back(lines, cut=CUT)
    assert [(one.of.key.item_no, one.credit.gross_minor) for one in found] == [(3, 2800), (1, 1600)]
    assert [one.credit.start for one in found] == [FEBRUARY.start, CUT]
    assert total(found) == 4400


def test_what_was_given_before_is_credited_or_being_refunded() -> None:
    # given an invoice of two lines, of which one was credited and both are being refunded
    first, second = charged(1, 3100, JANUARY, promised=10), charged(1, 3100, JANUARY, promised=5)
    credit = over(days("2026-01-11", "2026-02-01"), 200)
    second = replace(second, line=replace(second.line, corrections=(credit,)))
    other = charged(2, 2800, FEBRUARY, promised=7)
    # then both count, and nothing of another invoice
    assert given_before([first, second, other], {first.invoice_id}) == 215
    assert given_before([first, second, other], set()) == 0


def test_all_of_a_line_is_given_back_by_what_is_left_of_its_days() -> None:
    # given a month of which days were given back whole, and one of which a half was
    line = bought(3100, JANUARY)
    late = days("2026-01-11", "2026-02-01")
    whole, half = (replace(line, corrections=(over(late, minor),)) for minor in (2100, 1050))
    key = LineKey(JANUARY.start, 1, LineKind.RECURRING)
    lines = [Charged(key, InvoiceId(UUID(int=1)), "base", one) for one in (whole, half, line)]
    # when all the rest goes back
    found = [one.credit for one in given_back_whole(lines, cut=JANUARY.start)]
    # then each day gives what it has left
    assert [(one.start.day, one.end.day, one.gross_minor) for one in found] == [
        (1, 11, 1000), (11, 1, 1050), (1, 11, 1000), (1, 1, 3100),
    ]  # fmt: skip
    assert [one.cum_gross_minor for one in found] == [3100, 2100, 3100, 3100]


def test_nothing_given_back_sums_to_nothing() -> None:
    assert given_back([], cut=CUT) == ()
    assert total(()) == 0


def test_refunds_under_way_are_named_line_by_line() -> None:
    lines = [
        charged(1, 3100, JANUARY, promised=1500),
        charged(2, 3100, JANUARY),
        charged(3, 2800, FEBRUARY, promised=2800),  # nothing is left of it
    ]
    assert [one.of.key.item_no for one in given_back(lines, cut=CUT)] == [1, 2]
    assert kept_from(lines, cut=CUT) == (
        Withheld(lines[0], 774, CUT),
        Withheld(lines[2], 2800, FEBRUARY.start),
    )


def test_units_that_refunds_keep_back_are_named_too() -> None:
    # given two units of which a refund under way has promised everything
    whole = charged(1, 2398, JANUARY, promised=2398)
    whole = replace(whole, line=replace(whole.line, quantity=2))
    given = seats([whole.line], fewer=1, cut=CUT)
    # then one unit less gives nothing back now, and half of the days that remain should it fail
    assert given == ()
    assert kept_units([whole], given, fewer=1, cut=CUT) == (Withheld(whole, 619, CUT),)
    free = replace(whole, line=replace(whole.line, reserved=()))
    found = seats([free.line], fewer=1, cut=CUT)
    assert [credit.gross_minor for _, credit in found] == [619]
    assert kept_units([free], found, fewer=1, cut=CUT) == ()


def test_of_a_line_no_more_is_kept_back_than_refunds_may_still_take_of_it() -> None:
    # given a unit for 310, and a dearer one of which a refund may take most of what is left
    cheap, dear = charged(1, 310, JANUARY), charged(2, 3100, JANUARY)
    promised = (over(Period(CUT, JANUARY.end), 900),)
    dear = replace(dear, line=replace(dear.line, reserved=promised))
    # when one unit less gives back the cheap one
    given = seats([cheap.line, dear.line], fewer=1, cut=CUT)
    assert [credit.gross_minor for _, credit in given] == [160]
    # then 900 of the 1440 that the dear one is worth more are owed should the refund fail
    assert kept_units([cheap, dear], given, fewer=1, cut=CUT) == (Withheld(dear, 900, CUT),)


def test_keys_sort_by_period_then_item_then_kind() -> None:
    first = LineKey(date(2026, 1, 1), 2, "recurring")
    assert sorted([LineKey(date(2026, 2, 1), 1, "fixed"), first]) == [
        first,
        LineKey(date(2026, 2, 1), 1, "fixed"),
    ]

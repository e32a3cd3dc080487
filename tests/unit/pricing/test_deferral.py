"""How much of a line waits to be earned, and how much of a credit is taken from that."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ledgerline.base.calendar import Period
from ledgerline.pricing.model import Correction
from ledgerline.pricing.rules.credit import amount_of, deferred_part, earned_until, unused
from tests.unit.pricing.lines import (
    JANUARY,
    billed,
    bought,
    credited,
    days,
    deferred,
    priced,
    terms,
)

LINE = bought(3100, JANUARY)


@pytest.mark.parametrize(
    ("net", "at", "expected"),
    [
        (3100, date(2025, 12, 1), 0),
        (3100, JANUARY.start, 0),
        (3100, date(2026, 1, 16), 1500),
        (3100, JANUARY.end, 3100),
        (3100, date(2026, 6, 1), 3100),
        (1000, date(2026, 1, 2), 32),  # 32.26
        (-1000, date(2026, 1, 2), -33),  # what is taken back is rounded away from zero
    ],
)
def test_net_is_earned_by_whole_days(net: int, at: date, expected: int) -> None:
    assert earned_until(net, JANUARY, at) == expected


def test_what_has_no_days_is_earned_at_once() -> None:
    assert earned_until(700, Period(JANUARY.start, JANUARY.start), JANUARY.start) == 700
    assert earned_until(700, Period(JANUARY.end, JANUARY.start), JANUARY.start) == 700


@pytest.mark.parametrize(
    ("span", "booked_on", "expected"),
    [
        (JANUARY, "2026-01-20", 581),  # 1500 × 12/31 = 580.65
        (JANUARY, "2026-01-01", 1500),
        (JANUARY, "2025-12-20", 1500),  # before its days begin nothing of it is earned
        (JANUARY, "2026-02-01", 0),
        (JANUARY, "2026-03-15", 0),
        (days("2026-01-01", "2026-01-16"), "2026-01-20", 0),  # only of days that are over
        (days("2026-01-01", "2026-01-16"), "2026-01-11", 500),  # 5 of 15
        (days("2026-01-25", "2026-02-01"), "2026-01-25", 700),  # more is not deferred any more
    ],
)
def test_of_a_credit_the_days_to_come_are_deferred(
    span: Period, booked_on: str, expected: int
) -> None:
    credit = amount_of(LINE, 1500, span=span)
    assert deferred_part(LINE, credit, booked_on=date.fromisoformat(booked_on)) == expected


def test_only_the_net_of_a_credit_is_deferred() -> None:
    # given 1860 of 3720, of which 620 is tax
    line = billed(
        priced(terms(3100, rate_ppm=200_000, exclusive=True), period=JANUARY, grid=JANUARY)
    )
    credit = amount_of(line, 1860)
    assert (credit.net_minor, credit.tax_minor) == (1550, 310)
    assert deferred_part(line, credit, booked_on=date(2026, 1, 16)) == 800  # 1550 × 16/31


def test_a_credit_of_days_to_come_leaves_a_line_its_deferral_when_they_begin() -> None:
    # given 448 back on the 3rd, and the rest from the 5th on by a change that is booked on the 4th
    service = days("2026-01-02", "2026-02-02")
    first = Correction(
        start=service.start,
        end=service.end,
        gross_minor=448,
        deferred_net_minor=434,
        booked_on=date(2026, 1, 3),
    )
    line = replace(bought(1345, service), corrections=(first,))
    credit = amount_of(line, 811, span=days("2026-01-05", "2026-02-02"))
    # then on the 5th 1214.84 of the line are deferred, 405.07 of the first, and 809 of this
    assert deferred_part(line, credit, booked_on=date(2026, 1, 4)) == 809


def test_second_credit_takes_what_the_first_left_deferred() -> None:
    # given 1500 back on 5 January: 1306 of it was deferred, of which 774 waits on the 16th
    first = amount_of(LINE, 1500)
    assert deferred_part(LINE, first, booked_on=date(2026, 1, 5)) == 1306
    line = credited(LINE, first, on=date(2026, 1, 5))
    # when the rest of the month is given back
    second = unused(line, cut=date(2026, 1, 16))
    # then all of it was deferred, and nothing is after it
    assert second is not None
    assert second.gross_minor == 826
    assert deferred_part(line, second, booked_on=date(2026, 1, 16)) == 826
    assert deferred(credited(line, second, on=date(2026, 1, 16)), on=JANUARY.end) == 0


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-01-01", 3100),
        ("2026-01-19", 1300),  # not booked yet
        ("2026-01-20", 619),  # 1200 less 581
        ("2026-01-26", 310),  # 600 less 290.5, of which less is taken than exact: never a debit
        ("2026-01-31", 52),  # 100 less 48.4
        ("2026-02-01", 0),
        ("2026-06-01", 0),
    ],
)
def test_deferred_revenue_runs_down_to_nothing(on: str, expected: int) -> None:
    line = credited(LINE, amount_of(LINE, 1500), on=date(2026, 1, 20))
    assert deferred(line, on=date.fromisoformat(on)) == expected


def test_deferred_revenue_never_changes_its_sign() -> None:
    # given everything back in three pieces, on three days
    line = LINE
    for booked_on, gross in (("2026-01-05", 1500), ("2026-01-20", 700), ("2026-01-28", 900)):
        line = credited(line, amount_of(line, gross), on=date.fromisoformat(booked_on))
    left = [deferred(line, on=JANUARY.start + timedelta(days=n)) for n in range(32)]
    assert min(left) == 0
    assert left[-1] == 0

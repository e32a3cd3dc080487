"""Belief beside outcome, week by week."""

from datetime import date
from typing import Final

import pytest

from ledgerline.payments.rows.learning import BeliefRow
from ledgerline.payments.rules.calibrating import TRIES_MIN, percent, week_sentence, weeks

MONDAY: Final = date(2026, 6, 29)
LATER: Final = date(2026, 7, 6)


def row(week: date, tenth: int, tries: int, good: int) -> BeliefRow:
    believed = tries * (100_000 * tenth + 50_000)
    return BeliefRow(week=week, tenth=tenth, tries=tries, believed=believed, good=good)


def test_a_week_is_the_sum_of_its_tenths() -> None:
    first, second = weeks([row(MONDAY, 7, 100, 75), row(MONDAY, 8, 300, 255), row(LATER, 9, 4, 4)])
    assert (first.monday, first.tries) == (MONDAY, 400)
    assert (first.believed_ppm, first.seen_ppm, first.off_ppm) == (825_000, 825_000, 0)
    assert not first.is_off
    assert (second.monday, second.seen_ppm, second.high_ppm) == (LATER, 1_000_000, 1_000_000)
    said = "believed 82.50 %, seen 82.50 % (78.47 % to 85.91 %) of 400 tries"
    assert week_sentence(first) == said
    assert percent(825_000) == "82.50 %"


def test_what_is_wrong_about_single_tries_shows_although_the_sum_is_right() -> None:
    [inverted] = weeks([row(MONDAY, 1, 500, 425), row(MONDAY, 8, 500, 75)])
    assert (inverted.believed_ppm, inverted.seen_ppm) == (500_000, 500_000)
    assert (inverted.is_off, inverted.off_ppm) == (False, 700_000)


@pytest.mark.parametrize(("good", "is_off"), [(700, False), (650, True), (1_000, True)])
def test_belief_outside_of_the_interval_is_off(good: int, is_off: bool) -> None:
    rows = [BeliefRow(week=MONDAY, tenth=7, tries=1_000, believed=715_000_000, good=good)]
    [week] = weeks(rows)
    assert week.low_ppm <= week.seen_ppm <= week.high_ppm
    assert week.is_off is is_off


def test_of_a_few_tries_nothing_is_made() -> None:
    [week] = weeks([row(MONDAY, 9, TRIES_MIN - 1, 0)])
    assert not week.is_off

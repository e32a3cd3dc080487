"""How far back what still lasts is looked for."""

from datetime import date, timedelta

import pytest

from ledgerline.base.calendar import month_of, months
from ledgerline.subscriptions.rules.reach import lasting_months

TODAY = date(2026, 7, 1)


def test_a_month_of_a_key_is_32_days_from_the_year_2000_on() -> None:
    assert month_of(date(2000, 1, 1)) == 0
    assert month_of(date(2000, 2, 1)) == 0
    assert month_of(date(2000, 2, 2)) == 1
    assert month_of(date(1999, 12, 31)) == -1
    assert months(date(2000, 1, 31), date(2000, 4, 5)) == [2, 1, 0]


@pytest.mark.parametrize(
    ("count", "unit", "days"),
    [(1, "month", 366), (30, "day", 366), (1, "year", 366), (2, "year", 731), (13, "month", 396)],
)
def test_what_lasts_began_at_most_a_period_or_a_trial_ago(count: int, unit: str, days: int) -> None:
    found = lasting_months(count, unit, on=TODAY)
    assert month_of(TODAY - timedelta(days=days)) in found
    assert month_of(TODAY - timedelta(days=days + 2 + 7 + 32)) not in found
    assert found == sorted(found, reverse=True)
    assert found[0] == month_of(TODAY + timedelta(days=2))


def test_a_cadence_longer_than_the_calendar_ends_with_it() -> None:
    assert lasting_months(999, "year", on=date(999, 1, 1))[-1] < 0
    assert lasting_months(999, "year", on=date(500, 1, 1))[-1] == month_of(date(1, 1, 1))

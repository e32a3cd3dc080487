from datetime import UTC, date, datetime

import pytest

from ledgerline.payments.rules.slots import is_payday, morning, morning_from, payday_from


@pytest.mark.parametrize(
    ("spread", "hour", "minute"),
    [(0, 8, 0), (1, 8, 15), (7, 9, 45), (8, 8, 0), (2**122 + 5, 9, 15)],
)
def test_spread_picks_a_quarter_hour_before_eleven(spread: int, hour: int, minute: int) -> None:
    found = morning(date(2026, 3, 4), "Europe/Berlin", spread=spread)
    assert found == datetime(2026, 3, 4, hour, minute, tzinfo=UTC)


def test_morning_is_local_on_the_day_the_clocks_change() -> None:
    # then nine in the morning of the 29th, when summer time begins, is seven in UTC
    assert morning(date(2026, 3, 29), "Europe/Berlin", spread=0).hour == 7


def test_the_next_morning_is_never_before_what_was_asked() -> None:
    early = datetime(2026, 3, 4, 7, 59, tzinfo=UTC)
    assert morning_from(early, "Europe/Berlin", spread=0) == datetime(2026, 3, 4, 8, tzinfo=UTC)
    late = datetime(2026, 3, 4, 8, 1, tzinfo=UTC)
    assert morning_from(late, "Europe/Berlin", spread=0) == datetime(2026, 3, 5, 8, tzinfo=UTC)


def test_paydays_are_days_of_a_month_its_end_and_fridays() -> None:
    assert is_payday(date(2026, 2, 28), ["month_end"])
    assert not is_payday(date(2028, 2, 28), ["month_end"])  # a leap year
    assert is_payday(date(2026, 3, 15), ["15"])
    assert is_payday(date(2026, 3, 6), ["friday"])
    assert not is_payday(date(2026, 3, 5), ["friday", "15", "1", "month_end"])


@pytest.mark.parametrize(
    ("day", "paydays", "expected"),
    [
        (date(2026, 3, 12), ("15",), date(2026, 3, 15)),
        (date(2026, 3, 11), ("15",), None),  # four days away: it does not wait
        (date(2026, 3, 15), ("15",), date(2026, 3, 15)),
        (date(2026, 3, 30), ("1", "month_end"), date(2026, 3, 31)),
        (date(2026, 3, 30), ("1",), date(2026, 4, 1)),
        (date(2026, 3, 3), (), None),
    ],
)
def test_a_try_waits_three_days_for_wages_and_no_longer(
    day: date, paydays: tuple[str, ...], expected: date | None
) -> None:
    assert payday_from(day, paydays) == expected

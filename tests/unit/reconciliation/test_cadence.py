"""How often files come, and what should have been in one by now."""

from datetime import UTC, date, datetime, timedelta

from ledgerline.reconciliation.rows import SpanRow
from ledgerline.reconciliation.rules.cadence import Overdue, cadence, missed_before, overdue

DAY = timedelta(days=1)
NOON = datetime(2026, 7, 31, 12, tzinfo=UTC)


def spans(*days: int) -> list[SpanRow]:
    """Return files of single days of July, the newest first."""
    return [SpanRow(date(2026, 7, day), date(2026, 7, day)) for day in sorted(days, reverse=True)]


def test_cadence_is_the_longest_time_between_two_files() -> None:
    assert cadence(spans(1, 2, 3)) == DAY
    assert cadence(spans(1, 2, 5, 6)) == 3 * DAY
    assert cadence(spans(7, 7, 8)) == DAY


def test_cadence_of_one_file_is_its_length() -> None:
    assert cadence(spans(3)) == DAY
    assert cadence([SpanRow(date(2026, 7, 1), date(2026, 7, 7))]) == 7 * DAY


def test_what_was_charged_two_cadences_ago_is_overdue() -> None:
    first = datetime(2026, 7, 1, tzinfo=UTC)
    assert overdue(spans(1, 2, 3), now=NOON) == Overdue(first, NOON - 2 * DAY)
    assert overdue(spans(1, 6), now=NOON) == Overdue(first, NOON - 10 * DAY)


def test_nothing_is_overdue_before_two_cadences_or_without_files() -> None:
    assert overdue([], now=NOON) is None
    assert overdue(spans(30), now=NOON) is None


def test_long_ago_is_not_looked_at_again() -> None:
    old = [*spans(30, 31), SpanRow(date(2026, 1, 1), date(2026, 7, 29))]
    assert overdue(old, now=NOON) == Overdue(NOON - 37 * DAY, NOON - 2 * DAY)


def test_a_payout_is_missed_after_its_days_and_any_holidays() -> None:
    assert missed_before(NOON) == date(2026, 7, 24)

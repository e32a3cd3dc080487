from datetime import date

import pytest

from ledgerline.ledger.rules.periods import book_day, last_day


@pytest.mark.parametrize(
    ("day", "closed_through", "booked"),
    [
        (date(2026, 1, 31), None, date(2026, 1, 31)),
        (date(2026, 1, 31), date(2025, 12, 31), date(2026, 1, 31)),
        (date(2026, 1, 31), date(2026, 1, 31), date(2026, 2, 1)),
        (date(2025, 11, 30), date(2026, 1, 31), date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 1, 31), date(2026, 2, 1)),
    ],
)
def test_what_is_dated_into_a_closed_month_is_booked_on_the_first_open_day(
    day: date, closed_through: date | None, booked: date
) -> None:
    assert book_day(day, closed_through) == booked


@pytest.mark.parametrize(
    ("month", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_ends_on_its_last_day(month: date, last: date) -> None:
    assert last_day(month) == last

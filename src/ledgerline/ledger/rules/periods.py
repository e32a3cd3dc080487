"""Months of the books: what is booked on which day, once months are closed."""

from datetime import date, timedelta

from ledgerline.base.calendar import add_months


def book_day(day: date, closed_through: date | None) -> date:
    """Return the first open day from ``day`` on; ``closed_through`` is the last closed day."""
    return day if closed_through is None else max(day, closed_through + timedelta(days=1))


def last_day(month: date) -> date:
    """Return the last day of the month that begins on ``month``."""
    return add_months(month, 1, anchor_day=1) - timedelta(days=1)

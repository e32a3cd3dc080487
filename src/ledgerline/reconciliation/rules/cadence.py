"""How often an account's files come, and what should have been in one by now."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from ledgerline.base.calendar import start_of
from ledgerline.reconciliation.rows import SpanRow

LATE_AFTER: Final = 2  # cadences
LOOKED_BACK: Final = timedelta(days=35)
"""What is older was looked for while it was not, or was charged before there were files."""


PAYOUT_WITHIN: Final = timedelta(days=7)
"""Two bank days on its way and two of grace, over any weekend and the longest bank holidays."""


class Overdue(NamedTuple):
    """When something was charged, [since, until), that must be in a file by now."""

    since: datetime
    until: datetime


def cadence(spans: Sequence[SpanRow]) -> timedelta:
    """Return how often files come: the longest time that lies between two, a day at least.

    ``spans`` are the days of files, the newest first; of one file its own length is taken.
    """
    ends = sorted({span.last_on for span in spans})
    gaps = [later - earlier for earlier, later in pairwise(ends)]
    if gaps:
        return max(gaps)
    return spans[0].last_on - spans[0].first_on + timedelta(days=1)


def missed_before(now: datetime) -> date:
    """Return the first day whose payouts may be on their way still; earlier ones are missed."""
    return (now - PAYOUT_WITHIN).date()


def overdue(spans: Sequence[SpanRow], *, now: datetime) -> Overdue | None:
    """Say what must have a line; None where nothing must yet, or no file ever came."""
    if not spans:
        return None
    first = start_of(min(span.first_on for span in spans), "UTC")
    until = now - LATE_AFTER * cadence(spans)
    since = max(first, until - LOOKED_BACK)
    return Overdue(since, until) if since < until else None

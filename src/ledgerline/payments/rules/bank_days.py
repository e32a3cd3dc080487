"""On which days banks settle debits, and how often a scheme lets a debit be presented again.

Facts, each with its year and where it was read; what follows a year that is not here is weekends
only, so a new year is added before it begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from ledgerline.payments.model import DeclineCategory

_SATURDAY: Final = 5
_ONE: Final = timedelta(days=1)


def _days(year: int, *days: tuple[int, int]) -> tuple[int, frozenset[date]]:
    return year, frozenset(date(year, month, day) for month, day in days)


# ECB, "T2 and TARGET Services calendar": closed on Saturdays, Sundays, New Year's Day, Good Friday,
# Easter Monday, 1 May, 25 and 26 December. By that rule, which the ECB decided on 14 December 2000
# ("Long-term calendar for TARGET closing days", read 2026-11-27) and holds until further notice.
TARGET: Final[Mapping[int, frozenset[date]]] = MappingProxyType(
    dict(
        [
            _days(2025, (1, 1), (4, 18), (4, 21), (5, 1), (12, 25), (12, 26)),
            _days(2026, (1, 1), (4, 3), (4, 6), (5, 1), (12, 25), (12, 26)),
            _days(2027, (1, 1), (3, 26), (3, 29), (5, 1), (12, 25), (12, 26)),
            _days(2028, (1, 1), (4, 14), (4, 17), (5, 1), (12, 25), (12, 26)),
        ]
    )
)
# GOV.UK, "UK bank holidays", England and Wales, with substitute days. 2026 and 2027 were compared
# with two calendars made from that page (2026-11-27), which itself was not at hand; 2028 follows
# the rule of the Banking and Financial Dealings Act 1971, to be compared when the page has it.
UK: Final[Mapping[int, frozenset[date]]] = MappingProxyType(
    dict(
        [
            _days(2025, (1, 1), (4, 18), (4, 21), (5, 5), (5, 26), (8, 25), (12, 25), (12, 26)),
            _days(2026, (1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)),
            _days(2027, (1, 1), (3, 26), (3, 29), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)),
            _days(2028, (1, 3), (4, 14), (4, 17), (5, 1), (5, 29), (8, 28), (12, 25), (12, 26)),
        ]
    )
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme of bank debits: its closed days, and what may be presented again, how often.

    Its days are those of ``zone``.
    """

    closed: Mapping[int, frozenset[date]]
    zone: str
    retries_max: int
    retried: frozenset[DeclineCategory]

    def is_bank_day(self, day: date) -> bool:
        """Say whether debits settle on this day."""
        return day.weekday() < _SATURDAY and day not in self.closed.get(day.year, frozenset())

    def bank_day(self, day: date) -> date:
        """Return this day, or the first after it on which debits settle."""
        while not self.is_bank_day(day):
            day += _ONE
        return day

    def bank_days_after(self, day: date, count: int) -> date:
        """Return the bank day that comes ``count`` bank days after this day."""
        for _ in range(count):
            day = self.bank_day(day + _ONE)
        return day

    def bank_days_before(self, day: date, count: int) -> date:
        """Return the bank day that comes ``count`` bank days before this day."""
        for _ in range(count):
            day -= _ONE
            while not self.is_bank_day(day):
                day -= _ONE
        return day


_RETRIED: Final = frozenset({DeclineCategory.INSUFFICIENT_FUNDS, DeclineCategory.DO_NOT_HONOR})
SCHEMES: Final[Mapping[str, Scheme]] = MappingProxyType(
    {
        # EPC, SEPA Core rulebook: a return for want of money, or without a reason, as a new
        # collection; two of them is our limit.
        "sepa": Scheme(TARGET, "Europe/Berlin", 2, _RETRIED),
        # Bacs, guide for service users: one re-presentation within a month.
        "bacs": Scheme(UK, "Europe/London", 1, frozenset({DeclineCategory.INSUFFICIENT_FUNDS})),
    }
)


def scheme_of(brand: str) -> Scheme | None:
    """Return the scheme that a payment method is debited by, by its brand; None for a card.

    The brand of a mandate begins with its scheme: ``sepa_core``, ``sepa``, ``bacs``.
    """
    return SCHEMES.get(brand.lower().partition("_")[0])

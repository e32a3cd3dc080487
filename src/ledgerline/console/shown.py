"""How the console writes amounts, days and instants, and which tone a state has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import get_decimal_symbol
from markupsafe import Markup

from ledgerline.base.money import Currency, exponent
from ledgerline.charts.units import signed
from ledgerline.console.speech import Speech
from ledgerline.web.language import SOURCE
from ledgerline.web.pages import isolated

TONES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "active": "good", "trialing": "accent", "past_due": "bad", "paused": "warn",
        "incomplete": "warn", "canceled": "", "expired": "",
        "paid": "good", "open": "warn", "void": "", "uncollectible": "bad",
        "processing": "warn", "succeeded": "good", "failed": "bad", "declined": "bad",
        "unknown": "warn", "sent": "warn", "requires_action": "accent", "not_executed": "warn",
        "requested": "warn", "reversed": "bad", "closed": "",
        "proposed": "accent", "approved": "good", "withdrawn": "", "lapsed": "",
        "needs_response": "bad", "under_review": "warn", "warning": "warn", "won": "good",
        "lost": "bad", "accepted": "", "fresh": "good", "released": "good", "unchanged": "",
        "blocked": "bad", "on_sale": "good", "retired": "", "off": "", "shadow": "accent",
        "quiet": "good", "warns": "warn", "falls_back": "bad",
        "canary": "accent", "on": "good", "chosen": "accent", "ended": "", "excluded": "",
        "running": "good", "applied": "good", "received": "warn", "parked": "warn", "ignored": "",
        "imported": "good", "quarantined": "bad", "replaced": "", "announced": "accent",
        "returned": "warn", "waiting": "warn", "mismatch": "bad", "duplicate": "bad",
        "unmatched": "bad",
        "revoked": "", "asked": "accent", "done": "good", "refused": "bad",
        "sending": "accent", "shown": "good", "bounced": "bad", "skipped": "",
    }
)  # fmt: skip
"""The tone of a state's dot; its word always stands beside it."""
_AMOUNT: Final = re.compile(r"(?P<whole>[0-9]{1,12})(?:[.,](?P<part>[0-9]{1,3}))?")


@dataclass(frozen=True, slots=True)
class Writer(Speech):
    """Writes for one language, and speaks it."""

    def money(self, minor: int, currency: str) -> Markup:
        """Write an amount, with a true minus."""
        decimals = exponent(Currency(currency))
        written = self.language.locality.money(minor, currency, decimals)
        return isolated(signed(written))

    def price(self, num: int, den: int, currency: str) -> str:
        """Write an exact price without marks, as a choice takes none."""
        decimals = exponent(Currency(currency))
        return self.language.locality.unit_price(num, den, currency, decimals)

    def day(self, day: date) -> str:
        """Write a day."""
        return self._dated(day, "d MMM y", "yMMMd")

    def month(self, day: date | datetime) -> str:
        """Write a month."""
        return self._dated(day, "MMMM y", "yMMMM")

    def instant(self, instant: datetime) -> str:
        """Write an instant, in UTC."""
        return self._timed(instant, "EEE d MMM y", "yMMMEd")

    def moment(self, instant: datetime) -> str:
        """Write an instant within its month, in UTC."""
        return self._timed(instant, "EEE d", "Ed")

    def _dated(self, day: date | datetime, pattern: str, skeleton: str) -> str:
        """Write what is known of a day; in English its number first, for all who read English."""
        locale = self.language.locality.babel
        if self.language.code == SOURCE:
            return str(format_date(day, pattern, locale=locale))
        if isinstance(day, datetime):
            day = day.date()
        return str(format_skeleton(skeleton, day, locale=locale))

    def _timed(self, instant: datetime, pattern: str, skeleton: str) -> str:
        known = instant.astimezone(UTC)
        locale = self.language.locality.babel
        time = format_time(known, "HH:mm", locale=locale)
        return self.say(", ").join((self._dated(known, pattern, skeleton), time))

    def exact(self, instant: datetime) -> str:
        """Write an instant for machines, and for whoever wants the second."""
        return instant.astimezone(UTC).isoformat(timespec="seconds")

    def number(self, value: int) -> str:
        """Write a whole number."""
        return self.language.locality.number(value)

    def share(self, part: int, whole: int) -> Markup:
        """Write a share to a tenth of a per cent."""
        tenths = 0 if whole == 0 else (2_000 * part + whole) // (2 * whole)
        return self.percent(f"{tenths // 10}.{tenths % 10}")

    def percent(self, decimal: str) -> Markup:
        """Write a number of per cents that is given with a point."""
        point = get_decimal_symbol(self.language.locality.babel, numbering_system="latn")
        return isolated(f"{decimal.replace('.', point)} %")

    def points(self, ppm: int) -> Markup:
        """Write a difference of shares in points, to a hundredth."""
        point = get_decimal_symbol(self.language.locality.babel, numbering_system="latn")
        return isolated(signed(f"{ppm / 10_000:.2f}".replace(".", point)))

    def more_than(self, count: int, most: int) -> str:
        """Write a count that was given up beyond the most that is counted."""
        if count <= most:
            return self.number(count)
        return self.say("more than %(count)s", count=self.number(most))

    def at_least(self, count: int, *, is_cut: bool) -> str:
        """Write a count that may have been cut off."""
        number = self.number(count)
        return self.say("at least %(count)s", count=number) if is_cut else number

    def tenths(self, value: float) -> str:
        """Write a number to a tenth."""
        point = get_decimal_symbol(self.language.locality.babel, numbering_system="latn")
        return f"{value:.1f}".replace(".", point)

    @staticmethod
    def change(count: int) -> Markup:
        """Write by how many there are more or fewer."""
        return isolated(f"{count:+d}")

    @staticmethod
    def tone(state: str) -> str:
        """Return the tone of a state."""
        return TONES.get(state, "")


def minor_of(text: str, currency: str) -> int | None:
    """Read an amount in the currency's own units; None for what is none."""
    found = _AMOUNT.fullmatch(text.strip())
    decimals = exponent(Currency(currency))
    if found is None or len(found["part"] or "") > decimals:
        return None
    return int(found["whole"] + (found["part"] or "").ljust(decimals, "0"))


def decimal_of(minor: int, currency: str) -> str:
    """Write an amount as it is typed into a field."""
    decimals = exponent(Currency(currency))
    digits = f"{minor:0{decimals + 1}}"
    return digits if decimals == 0 else f"{digits[:-decimals]}.{digits[-decimals:]}"

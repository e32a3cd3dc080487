"""What the numbers of a chart are, and how a reader's language writes them."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Protocol

from babel.numbers import format_compact_decimal, format_decimal

from ledgerline.base.money import round_half_away
from ledgerline.base.saying import Say, plainly
from ledgerline.documents.locales import Locality

_TEN_THOUSANDTHS: Final = 4
_TENTH: Final = 1_000  # of a per cent, in millionths
_COMPACT_FROM: Final = 10_000
_MINUS: Final = "\N{MINUS SIGN}"
_LEFT, _RIGHT = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"


class Unit(Protocol):
    """Writes whole numbers of one kind."""

    @property
    def name(self) -> str:
        """What is counted, as it stands beside a title; empty where the numbers say it."""
        ...

    @property
    def say(self) -> Say:
        """What says the words of a chart in the language of the numbers."""
        ...

    def written(self, value: int) -> str:
        """Write a number in full."""
        ...

    def short(self, value: int) -> str:
        """Write a number for an axis, where the unit is known."""
        ...


@dataclass(frozen=True, slots=True)
class Count:
    """Things that are counted."""

    locality: Locality
    name: str = ""
    say: Say = plainly

    def written(self, value: int) -> str:
        """Write it with the separators of the language."""
        return signed(self.locality.number(value))

    def short(self, value: int) -> str:
        """Write it in few characters."""
        return _short(Decimal(value), self.locality)


@dataclass(frozen=True, slots=True)
class Amount:
    """Money of one currency: minor units, or with ``fine`` ten-thousandths of them.

    Those are written exactly, or to the minor unit when ``is_rounded``, half away from zero.
    """

    locality: Locality
    currency: str
    exponent: int
    fine: bool = False
    is_rounded: bool = False
    say: Say = plainly

    @property
    def name(self) -> str:
        """The currency."""
        return self.currency

    def written(self, value: int) -> str:
        """Write it with the decimals of the currency, and more where it has more."""
        if not self.fine:
            return signed(self.locality.money(value, self.currency, self.exponent))
        extra = 0 if self.is_rounded else _decimals(value)
        cut = round_half_away(Fraction(value, 10 ** (_TEN_THOUSANDTHS - extra)))
        return signed(self.locality.money(cut, self.currency, self.exponent, extra=extra))

    def short(self, value: int) -> str:
        """Write it in few characters and without the currency."""
        digits = self.exponent + (_TEN_THOUSANDTHS if self.fine else 0)
        return _short(Decimal(value).scaleb(-digits), self.locality)


@dataclass(frozen=True, slots=True)
class Share:
    """Millionths of a whole, written as per cent with one decimal."""

    locality: Locality
    name: str = ""
    say: Say = plainly

    def written(self, value: int) -> str:
        """Write it with one decimal at most, rounded half away from zero."""
        return signed(self.locality.rate(round_half_away(Fraction(value, _TENTH)) * _TENTH))

    def short(self, value: int) -> str:
        """Write it as it is written in full."""
        return self.written(value)


def _decimals(value: int) -> int:
    """Return how many decimals ten-thousandths need."""
    return next(n for n in range(_TEN_THOUSANDTHS + 1) if value % 10 ** (_TEN_THOUSANDTHS - n) == 0)


def share(part: int, whole: int) -> int | None:
    """Return a part in millionths of the whole, rounded half up; None of nothing."""
    return None if whole == 0 else (2 * part * 1_000_000 + whole) // (2 * whole)


def signed(written: str) -> str:
    """Write a minus as a minus and not as a hyphen: before its number also in Arabic."""
    return written.replace("-", f"{_LEFT}{_MINUS}" if _RIGHT in written else _MINUS)


def risen(written: str) -> str:
    """Write a plus before what is written of a number."""
    return f"{_LEFT}+{written.replace(_RIGHT, '')}" if _RIGHT in written else f"+{written}"


def _short(value: Decimal, locality: Locality) -> str:
    if abs(value) >= _COMPACT_FROM:
        found = format_compact_decimal(value, locale=locality.babel, fraction_digits=1)
    else:
        found = format_decimal(value, locale=locality.babel)
    return signed(found)

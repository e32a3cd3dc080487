"""Amounts in whole minor units, and the only places where they are rounded or divided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor
from types import MappingProxyType
from typing import ClassVar, Final, NewType, Self

from ledgerline.base.errors import Rejected

Currency = NewType("Currency", str)

MINOR_MAX: Final = 2 * 10**12  # minor units; sums of millions of such amounts still fit a bigint

_WITHOUT_MINOR_UNIT: Final[str] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS: Final[str] = "BHD IQD JOD KWD LYD OMR TND"
_HUNDREDTHS: Final[str] = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN "
    "QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP "
    "TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)

# ISO 4217 list one. Fund codes, metals and test codes are left out: nobody pays with them.
EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys(_WITHOUT_MINOR_UNIT.split(), 0)
    | dict.fromkeys(_HUNDREDTHS.split(), 2)
    | dict.fromkeys(_THOUSANDTHS.split(), 3)
)


class RoundingMode(StrEnum):
    """How a fraction of a minor unit goes away; ``UP`` is away from zero, ``DOWN`` toward it."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    UP = "up"


class UnknownCurrency(Rejected):
    """The code is no active ISO 4217 currency with 0, 2 or 3 decimals."""

    code: ClassVar[str] = "unknown_currency"


def currency(code: str) -> Currency:
    """Check an ISO 4217 code; upper case only, raises :class:`UnknownCurrency`."""
    if code not in EXPONENTS:
        raise UnknownCurrency("not a currency this system keeps", currency=code)
    return Currency(code)


def exponent(code: Currency) -> int:
    """Return how many decimals the minor unit of a currency stands for: 0, 2 or 3."""
    return EXPONENTS[code]


def round_half_away(x: Fraction) -> int:
    """Round to the nearest whole number; a half goes away from zero, so signs stay symmetric."""
    magnitude = (2 * abs(x.numerator) + x.denominator) // (2 * x.denominator)
    return magnitude if x.numerator >= 0 else -magnitude


def rounded(exact: Fraction, mode: RoundingMode) -> int:
    """Round to a whole number of minor units; every mode treats both signs alike."""
    return _ROUNDINGS[mode](exact)


def _toward_zero(exact: Fraction) -> int:
    return ceil(exact) if exact < 0 else floor(exact)


def _away_from_zero(exact: Fraction) -> int:
    return floor(exact) if exact < 0 else ceil(exact)


# ``round`` of a fraction is exact and goes half to even.
_ROUNDINGS: Final[Mapping[RoundingMode, Callable[[Fraction], int]]] = MappingProxyType(
    {
        RoundingMode.HALF_UP: round_half_away,
        RoundingMode.HALF_EVEN: round,
        RoundingMode.DOWN: _toward_zero,
        RoundingMode.UP: _away_from_zero,
    }
)


def apportion(total: int, exact: Sequence[Fraction]) -> tuple[int, ...]:
    """Distribute ``total`` over parts whose exact values are known, each within one unit of it.

    Shape: one part a value, same order, summing to ``total``. Every part starts at its floor and
    the units still missing go to the largest fractions, the earlier part first. Negating the
    total and every exact value negates every part. The exact values must come to within one
    unit a part of the total; anything else is a defect.
    Source: Hamilton's method (largest remainder).
    """
    if _counts_down(total, exact):
        return tuple(-part for part in _apportion_up(-total, [-value for value in exact]))
    return _apportion_up(total, exact)


def _counts_down(total: int, exact: Sequence[Fraction]) -> bool:
    if total != 0:
        return total < 0
    return next((value < 0 for value in exact if value), False)


def _apportion_up(total: int, exact: Sequence[Fraction]) -> tuple[int, ...]:
    parts = [value.numerator // value.denominator for value in exact]
    missing = total - sum(parts)
    assert 0 <= missing <= len(parts), (total, exact)
    # sorted is stable, so of two equal fractions the earlier part is served first
    by_fraction = sorted(range(len(parts)), key=lambda n: parts[n] - exact[n])
    for n in by_fraction[:missing]:
        parts[n] += 1
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units of one currency; amounts of two currencies never meet."""

    minor: int
    currency: Currency

    @classmethod
    def zero(cls, currency: Currency) -> Self:
        """Return nothing, in a currency."""
        return cls(0, currency)

    def __add__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, (self, other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, (self, other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: "Money") -> bool:
        assert self.currency == other.currency, (self, other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        assert self.currency == other.currency, (self, other)
        return self.minor <= other.minor

    def __gt__(self, other: "Money") -> bool:
        return other < self

    def __ge__(self, other: "Money") -> bool:
        return other <= self

    def times(self, ratio: Fraction) -> "Money":
        """Multiply by a ratio and round once, half away from zero."""
        return Money(round_half_away(self.minor * ratio), self.currency)

    def split(self, weights: Sequence[int]) -> "tuple[Money, ...]":
        """Divide by ``weights`` (each ≥ 0, one > 0) so that the parts sum to the whole.

        Shape: one part a weight, same order; ``(-m).split(w)`` is ``m.split(w)`` negated. A part
        of weight zero is zero. Only an amount of zero may be split by weights that are all zero.
        Source: Hamilton's method (largest remainder); ties go to the earlier part.
        """
        assert all(weight >= 0 for weight in weights), weights
        whole = sum(weights)
        if whole == 0:
            assert self.minor == 0, (self, weights)
            return (self,) * len(weights)
        exact = [Fraction(self.minor * weight, whole) for weight in weights]
        return tuple(Money(part, self.currency) for part in apportion(self.minor, exact))

    def decimal(self) -> str:
        """Write the amount in major units with every decimal of its currency: "17.99", "1990"."""
        places = EXPONENTS[self.currency]
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(places + 1, "0")
        if places == 0:
            return sign + digits
        return f"{sign}{digits[:-places]}.{digits[-places:]}"

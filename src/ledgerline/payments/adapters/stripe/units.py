"""Amounts as Stripe writes them. Mostly our minor units; where not, the tables say so.

Source: Stripe, "Supported currencies", sections "Zero-decimal currencies", "Three-decimal
currencies" and "Special cases".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.base.money import EXPONENTS, MINOR_MAX, Money, currency

# Decimals of Stripe's unit where they are not those of ISO 4217.
DECIMALS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "ISK": 2,  # whole krónur, written with two decimals that are zero
        "MGA": 0,  # the ariary has fifths, which Stripe does not know
        "UGX": 2,  # as the króna
    }
)
# What Stripe's amount must be a multiple of; it refuses any other before it executes anything.
MULTIPLES: Final[Mapping[str, int]] = MappingProxyType(
    {"BHD": 10, "ISK": 100, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "UGX": 100}
)


def written(amount: Money) -> str:
    """Write an amount in Stripe's unit, exactly.

    What the unit cannot carry keeps its decimals: Stripe refuses it as no integer, before anything
    is executed. Rounding would move another amount than was asked for.
    """
    shift = _shift(amount.currency)
    if shift >= 0:
        return str(amount.minor * 10**shift)
    whole, rest = divmod(abs(amount.minor), 10**-shift)
    sign = "-" if amount.minor < 0 else ""
    return f"{sign}{whole}.{rest:0{-shift}d}" if rest else f"{sign}{whole}"


def read(units: int, code: str) -> Money | None:
    """Read an amount of Stripe, with its lower-case currency; None for one we cannot keep."""
    name = code.upper()
    if code != code.lower() or name not in EXPONENTS:
        return None
    shift = _shift(name)
    if shift >= 0:
        minor, rest = divmod(units, 10**shift)
    else:
        minor, rest = units * 10**-shift, 0
    return Money(minor, currency(name)) if not rest and abs(minor) <= MINOR_MAX else None


def _shift(code: str) -> int:
    """Return how many decimals Stripe's unit has beyond ours."""
    return DECIMALS.get(code, EXPONENTS[code]) - EXPONENTS[code]

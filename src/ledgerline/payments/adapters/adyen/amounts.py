"""Amounts as Adyen counts them: in minor units, with exponents of its own for four currencies.

Source: Adyen docs, "Currency codes and minor units", the note on what differs from ISO 4217.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.base.money import EXPONENTS, MINOR_MAX, Money, currency

ITS_OWN: Final[Mapping[str, int]] = MappingProxyType({"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2})


def value_of(amount: Money) -> int | None:
    """Return an amount in Adyen's minor units; None where it has no unit that is small enough."""
    value, rest = divmod(
        amount.minor * 10 ** _finer(amount.currency), 10 ** _coarser(amount.currency)
    )
    return None if rest else value


def money_of(value: int, code: str) -> Money | None:
    """Return what ``value`` of Adyen's minor units is; None for what our books cannot hold."""
    if code not in EXPONENTS:
        return None
    minor, rest = divmod(value * 10 ** _coarser(code), 10 ** _finer(code))
    if rest or not 0 <= minor <= MINOR_MAX:
        return None
    return Money(minor, currency(code))


def _finer(code: str) -> int:
    """Return by how many decimals Adyen's minor unit is smaller than ours."""
    return max(0, ITS_OWN.get(code, EXPONENTS[code]) - EXPONENTS[code])


def _coarser(code: str) -> int:
    """Return by how many decimals Adyen's minor unit is larger than ours."""
    return max(0, EXPONENTS[code] - ITS_OWN.get(code, EXPONENTS[code]))

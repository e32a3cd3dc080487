"""Amounts in Adyen's minor units, and in those of the books, which are those of ISO 4217.

Source: Adyen docs, "Currency codes and minor units".
"""

from decimal import Decimal
from typing import Final

_ZERO: Final[str] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE: Final[str] = "BHD IQD JOD KWD LYD OMR TND"
_ISO: Final[dict[str, int]] = dict.fromkeys(_ZERO.split(), 0) | dict.fromkeys(_THREE.split(), 3)
_ADYEN: Final[dict[str, int]] = _ISO | {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}
_USUAL: Final = 2


def booked(value: int, currency: str) -> int | None:
    """Return an amount of the API in units of the books; None where it is no whole number."""
    exact = Decimal(value).scaleb(_decimals(_ISO, currency) - _decimals(_ADYEN, currency))
    return int(exact) if exact == exact.to_integral_value() else None


def shown(amount: int, currency: str) -> dict[str, object]:
    """Return an amount of the books as the API shows it."""
    exact = Decimal(amount).scaleb(_decimals(_ADYEN, currency) - _decimals(_ISO, currency))
    return {"currency": currency, "value": int(exact)}


def printed(amount: int, currency: str) -> str:
    """Return an amount of the books as a report prints it: in whole currency, with a point."""
    return f"{Decimal(amount).scaleb(-_decimals(_ISO, currency)):f}"


def _decimals(table: dict[str, int], currency: str) -> int:
    return table.get(currency, _USUAL)

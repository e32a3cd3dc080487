"""The test cards, and what is wrong with what was typed."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

CARDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "4242424242424242": "ok",
        "5555555555554444": "ok",
        "378282246310005": "ok",
        "4000000000003220": "challenge",
        "4000000000000077": "pending",
        "4000000000000341": "500_after",
        "4000000000000002": "decline_do_not_honor",
        "4000000000009995": "decline_insufficient_funds",
        "4000000000000069": "decline_expired_card",
        "4000000000009987": "decline_lost_card",
        "4000000000009979": "decline_stolen_card",
        "4000000000000101": "decline_invalid_account",
        "4000000000000119": "decline_processing_error",
        "4000000000000259": "decline_card_not_supported",
    }
)
"""What the token of each number asks for; see ``tokens``."""
_BRANDS: Final = (("4", "visa"), ("5", "mastercard"), ("37", "amex"))
_MONTHS: Final = 12
_CENTURY: Final = 2000
_SHORT_YEAR: Final = 2


class Typed(NamedTuple):
    """What somebody typed."""

    number: str
    expiry: str
    code: str


class Given(NamedTuple):
    """What a shop is told of a card."""

    behavior: str
    brand: str
    last4: str


def faults(typed: Typed, *, today: date) -> list[str]:
    """Name the fields that cannot be right, in their order on the page."""
    found = []
    if _digits(typed.number) not in CARDS:
        found.append("number")
    if not _is_ahead(typed.expiry, today=today):
        found.append("expiry")
    if not (typed.code.isascii() and typed.code.isdigit() and len(typed.code) in {3, 4}):
        found.append("code")
    return found


def given(typed: Typed) -> Given:
    """Say what is told of a card without faults."""
    digits = _digits(typed.number)
    [brand, *_] = [name for start, name in _BRANDS if digits.startswith(start)]
    return Given(CARDS[digits], brand, digits[-4:])


def _digits(number: str) -> str:
    return number.replace(" ", "").replace("-", "")


def _is_ahead(expiry: str, *, today: date) -> bool:
    month, _, year = expiry.replace(" ", "").partition("/")
    if not (month.isascii() and month.isdigit() and year.isascii() and year.isdigit()):
        return False
    full = int(year) + (_CENTURY if len(year) == _SHORT_YEAR else 0)
    return 1 <= int(month) <= _MONTHS and (full, int(month)) >= (today.year, today.month)

"""What several resources share: fields that callers send and shapes that they get.

What one resource takes and gives stands beside it. Amounts are minor units with their currency,
instants are UTC; an unknown field is refused, never ignored.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Final, Generic, TypeVar

from msgspec import Meta, Struct

from ledgerline.api.mistakes import id_text

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 200
MINOR_UNITS_MAX: Final = 2**53 - 1  # what every JSON reader keeps exact
Code = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
LanguageText = Annotated[str, Meta(pattern="^[a-z]{2,3}$", max_length=3)]
CustomerIdText = Annotated[str, id_text("customer")]
InvoiceIdText = Annotated[str, id_text("invoice")]
PaymentIdText = Annotated[str, id_text("payment")]
PaymentMethodIdText = Annotated[str, id_text("payment_method")]
SubscriptionIdText = Annotated[str, id_text("subscription")]
ReturnUrl = Annotated[str, Meta(pattern="^https?://[!-~]+$", min_length=10, max_length=2000)]
Limit = Annotated[int, Meta(ge=1, le=LIMIT_MAX)]
CursorText = Annotated[str, Meta(min_length=1, max_length=200)]
States = Annotated[str, Meta(pattern="^[a-z_]{1,40}(?:,[a-z_]{1,40}){0,9}$")]
Instant = Annotated[
    datetime, Meta(tz=True, extra_json_schema={"pattern": "^(?:19[7-9][0-9]|[2-9][0-9]{3})-"})
]
T = TypeVar("T")


class ListQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a list."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None


class Money(Struct, frozen=True):
    """An amount in minor units of its currency (ISO 4217)."""

    amount: int
    currency: str


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list, newest first; ``next`` is what ``after`` takes to go on."""

    data: list[T]
    has_more: bool
    next: str | None


class Days(Struct, frozen=True):
    """Calendar dates, half-open: ``end`` is the first day that is not in it."""

    start: date
    end: date


class How(Struct, frozen=True, kw_only=True):
    """How amounts came to be, so that anybody can compute them again (minor units)."""

    rule: str
    formula: str
    tax: str


class Line(Struct, frozen=True, kw_only=True):
    """One priced or credited piece of service time; credits are negative."""

    text: str
    component: str
    kind: str
    period: Days
    quantity: int
    net: Money
    tax: Money
    total: Money
    how: How


class UnitPrice(Struct, frozen=True):
    """A price of one: ``amount`` minor units, exactly ``amount / per`` when ``per`` is above 1."""

    amount: int
    per: int
    currency: str


def unit_price(num: int, den: int, currency: str) -> UnitPrice:
    """Show the exact price of one."""
    return UnitPrice(num, den, currency)


def money(minor: int, currency: str) -> Money:
    """Show an amount."""
    return Money(minor, currency)


def utc(instant: datetime) -> datetime:
    """Show an instant in UTC, whatever zone the database session speaks."""
    return instant.astimezone(UTC)


def utc_or_none(instant: datetime | None) -> datetime | None:
    """Show an instant that may be missing."""
    return None if instant is None else instant.astimezone(UTC)

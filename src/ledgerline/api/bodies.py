"""What callers send: bodies and parameters. An unknown field is refused, never ignored."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from ledgerline.subscriptions.model import Timing

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 200
MINOR_UNITS_MAX: Final = 2**53 - 1  # what every JSON reader keeps exact

Code = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
CouponText = Annotated[str, Meta(pattern="^ *[A-Za-z0-9]{1,64} *$", max_length=100)]
IdText = Annotated[str, Meta(min_length=1, max_length=64)]
Zone = Annotated[str, Meta(pattern="^[A-Za-z0-9_+/-]{1,64}$")]
Locale = Annotated[str, Meta(pattern="^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}$")]
PersonName = Annotated[str, Meta(min_length=1, max_length=300)]
Email = Annotated[str, Meta(pattern="^[^@ ]+@[^@ ]+$", max_length=254)]
PspToken = Annotated[str, Meta(pattern="^[!-~]{1,255}$")]
Brand = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$")]
LastDigits = Annotated[str, Meta(pattern="^[0-9]{4}$")]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]
Fingerprint = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Limit = Annotated[int, Meta(ge=1, le=LIMIT_MAX)]
CursorText = Annotated[str, Meta(min_length=1, max_length=200)]
States = Annotated[str, Meta(pattern="^[a-z_]{1,40}(?:,[a-z_]{1,40}){0,9}$")]
MinorUnits = Annotated[int, Meta(ge=1, le=MINOR_UNITS_MAX)]
Instant = Annotated[datetime, Meta(tz=True)]
MonthText = Annotated[str, Meta(pattern="^[1-9][0-9]{3}-(?:0[1-9]|1[0-2])$")]


class CustomerBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer to create; zone and locale are the market's unless given."""

    market: Code
    name: PersonName | None = None
    email: Email | None = None
    time_zone: Zone | None = None
    locale: Locale | None = None


class PaymentMethodBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider's token as its own fields gave it; never a card number."""

    psp_account: Code
    token: PspToken
    brand: Brand
    last4: LastDigits


class QuoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer may want to buy."""

    customer: IdText
    plan: Code
    quantity: int = 1
    coupon: CouponText | None = None
    trial: bool = True


class PurchaseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer buys. ``expect`` is the fingerprint of the quote the payer saw."""

    customer: IdText
    plan: Code
    payment_method: IdText
    quantity: int = 1
    coupon: CouponText | None = None
    trial: bool = True
    expect: Fingerprint | None = None
    validate_only: bool = False


class ChangeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan a subscription moves to, and when."""

    plan: Code
    when: Timing
    validate_only: bool = False


class CancelBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a subscription ends."""

    when: Timing
    validate_only: bool = False


class RefundBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a payment to give back, in minor units; all that is left unless given."""

    payment: IdText
    reason: Reason
    amount: MinorUnits | None = None
    validate_only: bool = False


class AdvanceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the clock of a sandbox should move."""

    to: Instant | None = None
    by: Annotated[str, Meta(max_length=40)] | None = None


class ListQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a list."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None


class SubscriptionsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which subscriptions; ``status`` takes several, separated by commas."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    customer: IdText | None = None
    status: States | None = None


class InvoicesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which invoices; ``status`` takes several, separated by commas."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    customer: IdText | None = None
    subscription: IdText | None = None
    status: States | None = None


class PaymentsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which payments; ``status`` takes several, separated by commas."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    customer: IdText | None = None
    invoice: IdText | None = None
    status: States | None = None


class ReceiptsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose receipts."""

    customer: IdText
    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None


class BalanceQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to which instant, now unless given; ``month``: only what is booked in it."""

    at: Instant | None = None
    month: MonthText | None = None

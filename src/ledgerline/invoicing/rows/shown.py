"""What entry points ask for and show."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    Bucket,
    CreditNoteId,
    CustomerId,
    InvoiceId,
    PriceId,
    SubscriptionId,
)


class InvoicesAsked(NamedTuple):
    """Which invoices: with ids below ``before``, in ``months`` of a customer; None is no filter."""

    before: UUID
    bucket: Bucket | None
    customer_id: UUID | None
    subscription_id: UUID | None
    months: list[int] | None
    states: list[str] | None
    limit: int


class InvoiceView(NamedTuple):
    """An invoice; without a number it waits for one or, unpaid purchases, never gets any."""

    bucket: Bucket
    id: InvoiceId
    customer_id: CustomerId
    customer_version: int
    subscription_id: SubscriptionId
    seller_code: str
    market_code: str
    currency: str
    cause: str
    state: str
    net_minor: int
    tax_minor: int
    total_minor: int
    credited_minor: int
    issued_on: date
    due_on: date
    issued_at: datetime
    paid_at: datetime | None
    credit_used_minor: int
    number: str | None
    is_waiting: bool


class LineView(NamedTuple):
    """One line: the service time [period_start, period_end) inside its grid period."""

    line_no: int
    item_no: int
    component: str
    kind: str
    plan_code: str
    price_id: PriceId
    quantity: int
    unit_num: int
    unit_den: int
    grid_minor: int
    discount_minor: int
    period_start: date
    period_end: date
    grid_start: date
    grid_end: date
    net_minor: int
    tax_minor: int
    gross_minor: int
    currency: str
    tax_category: str
    tax_rate_ppm: int
    tax_behavior: str
    plan_name: str
    credited_minor: int
    rounding_mode: str
    rounding_target: str
    rounding_components: str
    tax_components: str


class CreditNotesAsked(NamedTuple):
    """Which credit notes: those with ids below ``before``; each filter may be None."""

    before: UUID
    bucket: Bucket | None
    customer_id: UUID | None
    invoice_id: UUID | None
    limit: int


class CreditNoteLineView(NamedTuple):
    """What a credit note gives back of one line, over [credit_start, credit_end)."""

    component: str
    kind: str
    plan_code: str
    plan_name: str
    credit_start: date
    credit_end: date
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int


class CreditNoteView(NamedTuple):
    """One correction of an invoice."""

    bucket: Bucket
    id: CreditNoteId
    invoice_id: InvoiceId
    customer_id: CustomerId
    seller_code: str
    reason: str
    settles: str
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_on: date
    number: str | None
    is_waiting: bool

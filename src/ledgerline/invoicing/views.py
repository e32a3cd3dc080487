"""What entry points show of invoices and credit notes."""

from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import (
    Bucket,
    CreditNoteId,
    CustomerId,
    InvoiceId,
    ItemId,
    PriceId,
    SubscriptionId,
)
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class InvoicesAsked(NamedTuple):
    """Which invoices: those that follow ``(before, before_id)``; each filter may be None."""

    before: datetime
    before_id: UUID
    bucket: Bucket | None
    customer_id: UUID | None
    subscription_id: UUID | None
    states: list[str] | None
    limit: int


class InvoiceView(NamedTuple):
    """An invoice; without a number it waits for one or, unpaid purchases, never gets any."""

    bucket: Bucket
    id: InvoiceId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    seller_code: str
    market_code: str
    currency: str
    cause: str
    state: str
    net_minor: int
    tax_minor: int
    total_minor: int
    credit_used_minor: int
    credited_minor: int
    issued_on: date
    issued_at: datetime
    paid_at: datetime | None
    number: str | None
    is_waiting: bool


class LineView(NamedTuple):
    """One line: the service time [period_start, period_end) inside its grid period."""

    line_no: int
    item_id: ItemId
    kind: str
    plan_code: str
    plan_name: str
    price_id: PriceId
    quantity: int
    unit_minor: int
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
    tax_rate_ppm: int
    tax_behavior: str
    credited_minor: int


class CreditNoteView(NamedTuple):
    """One correction of an invoice."""

    id: CreditNoteId
    reason: str
    settles: str
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_on: date
    number: str | None
    is_waiting: bool


async def invoice(read: ReadTx, *, bucket: Bucket, id: UUID) -> InvoiceView | None:
    """Read one invoice."""
    return await read.row(_SQL["invoice"], InvoiceView, bucket=bucket, id=id)


async def invoices(read: ReadTx, asked: InvoicesAsked) -> list[InvoiceView]:
    """Read a page of invoices, newest first."""
    return await read.rows(_SQL["invoices"], InvoiceView, **asked._asdict())


async def lines(read: ReadTx, *, bucket: Bucket, invoice_id: UUID) -> list[LineView]:
    """Read the lines of an invoice."""
    return await read.rows(_SQL["lines"], LineView, bucket=bucket, invoice_id=invoice_id)


async def credit_notes(read: ReadTx, *, bucket: Bucket, invoice_id: UUID) -> list[CreditNoteView]:
    """Read the credit notes of an invoice."""
    return await read.rows(
        _SQL["credit_notes"], CreditNoteView, bucket=bucket, invoice_id=invoice_id
    )

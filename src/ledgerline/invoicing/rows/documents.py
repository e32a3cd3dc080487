"""Rows of invoices, lines, credit notes, allocations and their numbers."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    BillRunId,
    Bucket,
    CreditNoteId,
    CustomerId,
    InvoiceId,
    PriceId,
    SeriesId,
    SubscriptionId,
)


class OpenSeriesRow(NamedTuple):
    """A series that must exist."""

    id: SeriesId
    seller_code: str
    kind: str
    period: str


class TemplateRow(NamedTuple):
    """How a seller's numbers of one kind look."""

    seller_code: str
    kind: str
    template: str


class SeriesRow(NamedTuple):
    """A number series and its counter."""

    id: SeriesId
    seller_code: str
    kind: str
    period: str
    template: str
    next_number: int


class QueueRow(NamedTuple):
    """A document that waits for its number."""

    bucket: Bucket
    document_id: UUID
    series_id: SeriesId
    issued_at: datetime


class NumberRow(NamedTuple):
    """One entry of the register of numbers; ``hash`` seals it with the entry before it."""

    series_id: SeriesId
    position: int
    document_id: UUID
    bucket: Bucket
    display: str
    stamped_at: datetime
    body_hash: bytes
    hash: bytes


class RaiseRow(NamedTuple):
    """By how much a counter is raised, from where."""

    id: SeriesId
    next_number: int
    stamped: int


class DequeueRow(NamedTuple):
    """A document that got its number."""

    bucket: Bucket
    document_id: UUID


class NewInvoiceRow(NamedTuple):
    """An invoice to issue, in column order; what it bears of customer facts is a version."""

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
    state_before: str
    state_event: str
    net_minor: int
    tax_minor: int
    total_minor: int
    credited_minor: int
    issued_on: date
    due_on: date
    issued_at: datetime
    series_id: SeriesId
    release_no: int
    paid_at: datetime | None
    bill_run_id: BillRunId | None
    event_seq: int


class NewLineRow(NamedTuple):
    """A line to issue, in column order; its unit price is ``unit_num / unit_den`` minor units."""

    period_start: date
    bucket: Bucket
    subscription_id: SubscriptionId
    item_no: int
    kind: str
    invoice_id: InvoiceId
    line_no: int
    component: str
    period_end: date
    grid_start: date
    grid_end: date
    plan_code: str
    price_id: PriceId
    quantity: int
    unit_num: int
    unit_den: int
    grid_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    currency: str
    tax_category: str
    tax_rate_ppm: int
    tax_behavior: str


class InvoiceRow(NamedTuple):
    """One invoice as flows see it; ``state_event`` is its last move."""

    bucket: Bucket
    id: InvoiceId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    seller_code: str
    market_code: str
    currency: str
    cause: str
    state: str
    state_event: str
    net_minor: int
    tax_minor: int
    total_minor: int
    credited_minor: int
    issued_on: date
    due_on: date
    issued_at: datetime
    event_seq: int


class InvoiceStepRow(NamedTuple):
    """One move of an invoice; one that is paid again keeps when it was paid first."""

    bucket: Bucket
    id: InvoiceId
    state_before: str
    state_event: str
    state: str
    paid_at: datetime | None


class CreditedRow(NamedTuple):
    """How much more of an invoice has been credited."""

    bucket: Bucket
    id: InvoiceId
    amount_minor: int


class BilledLineRow(NamedTuple):
    """A billed line; what was given back of it stands in its credits."""

    period_start: date
    bucket: Bucket
    subscription_id: SubscriptionId
    item_no: int
    kind: str
    invoice_id: InvoiceId
    component: str
    period_end: date
    grid_start: date
    grid_end: date
    plan_code: str
    quantity: int
    grid_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    tax_rate_ppm: int
    tax_behavior: str


class BilledRow(NamedTuple):
    """A line that begins where another is about to be billed."""

    subscription_id: SubscriptionId
    period_start: date


class LineCreditRow(NamedTuple):
    """What one credit note gave back of a line, over which of its days, and how it was booked."""

    period_start: date
    bucket: Bucket
    subscription_id: SubscriptionId
    item_no: int
    kind: str
    seq: int
    credit_start: date
    credit_end: date
    gross_minor: int
    tax_minor: int
    deferred_net_minor: int
    booked_on: date


class AllocationRow(NamedTuple):
    """What settles a part of an invoice and from where; negative where it is taken away again."""

    bucket: Bucket
    invoice_id: InvoiceId
    source_kind: str
    source_id: UUID
    amount_minor: int
    effective_on: date


class AllocatedRow(NamedTuple):
    """How much of one source an invoice was settled with."""

    bucket: Bucket
    invoice_id: InvoiceId
    source_kind: str
    source_id: UUID
    amount_minor: int


class NewCreditNoteRow(NamedTuple):
    """A credit note to issue; ``settles`` says which account it lowers or raises."""

    bucket: Bucket
    id: CreditNoteId
    invoice_id: InvoiceId
    customer_id: CustomerId
    seller_code: str
    currency: str
    reason: str
    settles: str
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_on: date
    issued_at: datetime
    series_id: SeriesId
    release_no: int


class NewLineCreditRow(NamedTuple):
    """What a credit note gives back of one line."""

    period_start: date
    bucket: Bucket
    subscription_id: SubscriptionId
    item_no: int
    kind: str
    seq: int
    credit_note_id: CreditNoteId
    credit_start: date
    credit_end: date
    gross_minor: int
    tax_minor: int
    net_minor: int
    deferred_net_minor: int
    booked_on: date
    currency: str
    line_gross_minor: int
    cum_gross_minor: int
    cum_tax_minor: int


class DueRow(NamedTuple):
    """When the oldest document without its number was issued; None when none waits."""

    due_at: datetime | None


class ParkedRow(NamedTuple):
    """Why a subscription was parked."""

    bucket: Bucket
    subscription_id: SubscriptionId
    reason: str
    detail: str
    parked_at: datetime


class EarningRow(NamedTuple):
    """A line or (negative) a credit that earns over its service time."""

    bucket: Bucket
    seller_code: str
    currency: str
    plan_code: str
    net_minor: int
    service_start: date
    service_end: date
    booked_on: date


class InvoiceIdRow(NamedTuple):
    """An invoice by its id alone."""

    id: InvoiceId

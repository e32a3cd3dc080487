"""What a document's body is built from: rows that do not change once it is numbered."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    Bucket,
    CreditNoteId,
    CustomerId,
    InvoiceId,
    SeriesId,
    SubscriptionId,
)


class InvoiceFactRow(NamedTuple):
    """An invoice with what paid it.

    ``from_credit_minor`` is what credit paid, ``from_notes_minor`` what credit notes paid;
    ``payment_id`` and ``paid_on`` are of the payment that settled it, if one did. ``number`` and
    ``seal`` are its place in the register; ``is_waiting`` says that it is about to get one.
    """

    bucket: Bucket
    id: InvoiceId
    customer_id: CustomerId
    customer_version: int
    subscription_id: SubscriptionId
    seller_code: str
    market_code: str
    currency: str
    cause: str
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_on: date
    due_on: date
    issued_at: datetime
    release_no: int
    from_credit_minor: int
    from_notes_minor: int
    payment_id: UUID | None
    paid_on: date | None
    number: str | None
    seal: bytes | None
    is_waiting: bool


class LineFactRow(NamedTuple):
    """A line of an invoice."""

    invoice_id: InvoiceId
    line_no: int
    component: str
    kind: str
    plan_code: str
    quantity: int
    unit_num: int
    unit_den: int
    grid_start: date
    grid_end: date
    period_start: date
    period_end: date
    grid_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    tax_category: str
    tax_rate_ppm: int
    tax_behavior: str


class NoteFactRow(NamedTuple):
    """A credit note."""

    bucket: Bucket
    id: CreditNoteId
    invoice_id: InvoiceId
    reason: str
    settles: str
    net_minor: int
    tax_minor: int
    total_minor: int
    issued_on: date
    issued_at: datetime
    release_no: int


class CorrectionRow(NamedTuple):
    """A credit note; what its invoice charged, and what all its notes gave back of that."""

    id: CreditNoteId
    total_minor: int
    credited_minor: int


class NoteLineFactRow(NamedTuple):
    """What a credit note gives back of a line of its invoice, over [credit_start, credit_end)."""

    credit_note_id: CreditNoteId
    line_no: int
    component: str
    kind: str
    plan_code: str
    quantity: int
    period_start: date
    credit_start: date
    credit_end: date
    net_minor: int
    tax_minor: int
    gross_minor: int
    tax_category: str
    tax_rate_ppm: int
    tax_behavior: str


class RetentionKeyRow(NamedTuple):
    """The wrapped key that seals what a seller issued in a year."""

    seller_code: str
    year: int
    wrapped: bytes


class BodyRow(NamedTuple):
    """What a numbered document says, packed and sealed under its retention key."""

    bucket: Bucket
    document_id: UUID
    series_id: SeriesId
    kind: str
    sealed: bytes


class RegisteredRow(NamedTuple):
    """A place in the register with what stands there; ``wrapped`` is the key that opens it.

    ``sealed`` and ``kind`` are absent where the body was lost, ``wrapped`` where the key was.
    """

    series_id: SeriesId
    position: int
    document_id: UUID
    bucket: Bucket
    display: str
    stamped_at: datetime
    body_hash: bytes
    hash: bytes
    kind: str | None
    sealed: bytes | None
    wrapped: bytes | None


class CheckRow(NamedTuple):
    """What became of the check of an e-invoice.

    ``findings`` is JSON text, ``looks`` how often it was tried.
    """

    bucket: Bucket
    document_id: UUID
    state: str
    findings: str
    looks: int
    checked_at: datetime | None


class PlaceRow(NamedTuple):
    """The place of a document in the register, or whether it waits for one."""

    document_id: UUID
    number: str | None
    seal: bytes | None
    is_waiting: bool

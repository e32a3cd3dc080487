"""Row types of the receipts tables: their fields are columns, in name and order."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, CustomerId, InvoiceId, PaymentId, ReceiptId, SeriesId


class ReceiptRow(NamedTuple):
    """A receipt; ``subject_id`` is the payment or refund it proves."""

    bucket: Bucket
    id: ReceiptId
    kind: str
    subject_id: UUID
    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    seller_code: str
    currency: str
    amount_minor: int
    issued_at: datetime
    series_id: SeriesId


class ReceiptView(NamedTuple):
    """A receipt; ``number`` is empty until it is stamped."""

    bucket: Bucket
    id: ReceiptId
    kind: str
    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    subject_id: UUID
    currency: str
    amount_minor: int
    issued_at: datetime
    number: str | None


class PrintedView(NamedTuple):
    """One line of a printed receipt with everything around it; the same on every line but the line.

    ``document_*`` are the amounts of the invoice line or of the credit note, of which the receipt
    may cover a part.
    """

    id: ReceiptId
    kind: str
    currency: str
    amount_minor: int
    issued_at: datetime
    number: str | None
    invoice_number: str | None
    plan_name: str
    quantity: int
    period_start: date
    period_end: date
    tax_rate_ppm: int
    document_tax_minor: int
    document_total_minor: int
    legal_name: str
    address: str
    tax_id: str
    customer_id: CustomerId
    locale: str
    zone: str
    customer_version: int
    buyer_sealed: bytes | None
    tax_status: str
    place_evidence: str
    wrapped: bytes | None
    brand: str
    last4: str
    psp_ref: str | None

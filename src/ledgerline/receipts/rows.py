"""Row types of the receipts tables: their fields are columns, in name and order."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentId,
    ReceiptId,
    SeriesId,
)


class ReceiptRow(NamedTuple):
    """A receipt; ``subject_id`` is the payment or refund it proves, ``issued_on`` its day.

    Of a refund that came back the customer had got ``offset_minor`` by a dispute already.
    """

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
    issued_on: date
    issued_at: datetime
    series_id: SeriesId
    release_no: int
    offset_minor: int


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

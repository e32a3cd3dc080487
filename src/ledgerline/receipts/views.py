"""What entry points show of receipts."""

from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, CustomerId, InvoiceId, PaymentId, ReceiptId
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


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
    name_sealed: bytes | None
    wrapped: bytes | None
    brand: str
    last4: str
    psp_ref: str | None


async def receipt(read: ReadTx, *, bucket: Bucket, id: UUID) -> ReceiptView | None:
    """Read one receipt."""
    return await read.row(_SQL["receipt"], ReceiptView, bucket=bucket, id=id)


async def receipts(
    read: ReadTx,
    *,
    bucket: Bucket,
    customer_id: UUID,
    before: datetime,
    before_id: UUID,
    limit: int,
) -> list[ReceiptView]:
    """Read a page of a customer's receipts, newest first."""
    return await read.rows(
        _SQL["receipts"], ReceiptView, bucket=bucket, customer_id=customer_id, before=before,
        before_id=before_id, limit=limit,
    )  # fmt: skip


async def printed(read: ReadTx, *, bucket: Bucket, id: UUID) -> list[PrintedView]:
    """Read what a receipt prints, a row a line; empty when there is no such receipt."""
    return await read.rows(_SQL["printed"], PrintedView, bucket=bucket, id=id)

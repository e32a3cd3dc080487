"""Statements of receipts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId, InvoiceId, PaymentId, ReceiptId
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


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


async def add_receipts(tx: Tx, rows: Sequence[ReceiptRow]) -> int:
    """Issue receipts; a second one for a payment or refund is refused."""
    return await tx.copy(_SQL["add_receipts"], rows)

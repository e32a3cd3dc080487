"""What entry points show of purchases."""

from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import (
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentId,
    PurchaseId,
    SubscriptionId,
)
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class PurchaseView(NamedTuple):
    """A purchase with its price, its subscription and the last attempt to collect."""

    bucket: Bucket
    id: PurchaseId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    invoice_id: InvoiceId
    payment_id: PaymentId | None
    state: str
    created_at: datetime
    currency: str
    tax_minor: int
    total_minor: int
    credit_used_minor: int
    subscription_state: str
    plan_code: str
    quantity: int
    zone: str
    billed_through: date
    next_bill_at: datetime | None
    attempt_state: str | None
    category: str | None
    psp_code: str | None
    psp_account: str | None


async def purchase(read: ReadTx, *, bucket: Bucket, id: UUID) -> PurchaseView | None:
    """Read one purchase."""
    return await read.row(_SQL["purchase"], PurchaseView, bucket=bucket, id=id)

"""What entry points show of purchases."""

from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, PaymentMethodId
from ledgerline.base.statements import statements
from ledgerline.purchases.rows import CheckoutView, PurchaseView, TriedMethodView

_SQL: Final = statements(__name__)


async def purchase(read: ReadTx, *, bucket: Bucket, id: UUID) -> PurchaseView | None:
    """Read one purchase."""
    return await read.row(_SQL["purchase"], PurchaseView, bucket=bucket, id=id)


async def tried_methods(read: ReadTx, *, bucket: Bucket, id: UUID) -> set[PaymentMethodId | None]:
    """Name the payment methods by which a checkout session was ordered."""
    rows = await read.rows(_SQL["tried_methods"], TriedMethodView, bucket=bucket, id=id)
    return {row.payment_method_id for row in rows}


async def checkout(read: ReadTx, *, bucket: Bucket, id: UUID) -> CheckoutView | None:
    """Read a checkout session and where it stands."""
    return await read.row(_SQL["checkout"], CheckoutView, bucket=bucket, id=id)

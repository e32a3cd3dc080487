"""What entry points show of entitlements."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, InvoiceId
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class CoverView(NamedTuple):
    """When service was or is given and why; grace becomes ``paid_until`` once it is paid."""

    starts_at: datetime
    ends_at: datetime
    paid_until: datetime
    reason: str
    invoice_id: InvoiceId


async def covers(
    read: ReadTx, *, bucket: Bucket, subscription_id: UUID, limit: int
) -> list[CoverView]:
    """Read the newest covers of a subscription."""
    return await read.rows(
        _SQL["covers"], CoverView, bucket=bucket, subscription_id=subscription_id, limit=limit
    )

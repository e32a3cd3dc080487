"""What entry points show of entitlements."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements
from ledgerline.entitlements.rows import CoverView

_SQL: Final = statements(__name__)


async def covers(
    read: ReadTx, *, bucket: Bucket, subscription_id: UUID, months: Sequence[int], limit: int
) -> list[CoverView]:
    """Read the newest covers of a subscription, of those that began in some months."""
    return await read.rows(
        _SQL["covers"], CoverView, bucket=bucket, subscription_id=subscription_id,
        months=list(months), limit=limit,
    )  # fmt: skip

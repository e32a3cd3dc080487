"""Statements of what refunds under way keep cuts of service from giving back."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, RefundId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.refunds import WithheldRow

_SQL: Final = statements(__name__)


async def read_withheld(
    tx: Tx, *, buckets: Sequence[Bucket], refund_ids: Sequence[RefundId]
) -> list[WithheldRow]:
    """Read what some refunds kept cuts of their lines from giving back, the earliest cut first."""
    return await tx.rows(
        _SQL["read_withheld"], WithheldRow, buckets=list(buckets), refund_ids=list(refund_ids)
    )


async def withhold(tx: Tx, rows: Sequence[WithheldRow]) -> int:
    """Note what cuts of lines give back less because of refunds under way, beside earlier cuts."""
    return await tx.write(_SQL["withhold"], rows)

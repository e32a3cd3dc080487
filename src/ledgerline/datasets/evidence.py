"""What the books hold that speaks for a disputed charge: facts alone, and no more of a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, DisputeId
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class EvidenceRow(NamedTuple):
    """All of it as JSON text."""

    row: str


class SinceRow(NamedTuple):
    """Since when somebody is a customer, and when the dispute was told of."""

    created_at: datetime
    opened_at: datetime


async def since(read: ReadTx, *, bucket: Bucket, id: DisputeId) -> SinceRow | None:
    """Read in which span earlier charges are looked for; None where there is no such dispute."""
    return await read.row(_SQL["since"], SinceRow, bucket=bucket, id=id)


async def evidence(
    read: ReadTx, *, bucket: Bucket, id: DisputeId, months: Sequence[int]
) -> EvidenceRow | None:
    """Read what speaks for a disputed charge; ``months`` are those of the customer's invoices."""
    return await read.row(_SQL["evidence"], EvidenceRow, bucket=bucket, id=id, months=list(months))

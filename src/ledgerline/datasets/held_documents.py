"""What is held of one customer and hangs on documents, which are looked for month by month."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.statements import statements
from ledgerline.datasets.held import HeldRow

_SQL: Final = statements(__name__)
DOCUMENTS: Final = frozenset(_SQL)
"""The sections that are read here; all others in ``held``."""


class Span(NamedTuple):
    """A part of a section: the months of the invoices, and which rows in their order."""

    months: Sequence[int]
    offset: int
    limit: int


async def rows(
    read: ReadTx, name: str, span: Span, *, bucket: Bucket, customer_id: CustomerId
) -> list[HeldRow]:
    """Read one part of a section; months are numbers of ``calendar.months``."""
    return await read.rows(
        _SQL[name], HeldRow, bucket=bucket, customer_id=customer_id, months=list(span.months),
        offset=span.offset, limit=span.limit,
    )  # fmt: skip

"""Statements of the places that documents have in their registers."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, SeriesId
from ledgerline.base.statements import statements
from ledgerline.invoicing.rows.facts import PlaceRow

_SQL: Final = statements(__name__)


async def read_places(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[UUID], series_ids: Sequence[SeriesId]
) -> list[PlaceRow]:
    """Read where some documents stand in the register of their series."""
    return await tx.rows(
        _SQL["read_places"], PlaceRow, buckets=list(buckets), ids=list(ids),
        series_ids=list(series_ids),
    )  # fmt: skip

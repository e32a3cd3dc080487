"""Go through documents as they are kept, series by series, in the order of their numbers."""

from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

from ledgerline.base.run import Run
from ledgerline.flows.read_document import Kept, open_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.documents import SeriesRow

PAGE: Final = 500  # documents read and opened at once


class Wanted(NamedTuple):
    """Which series: of a seller, of some kinds, of the years from ``first`` to ``last``."""

    seller_code: str | None = None
    kinds: frozenset[str] | None = None
    first: int = 0
    last: int = 9999


async def list_documents(
    run: Run, wanted: Wanted
) -> AsyncIterator[tuple[SeriesRow, Sequence[Kept]]]:
    """Give the documents of each series, a page at a time; a series begins with its first page.

    Each page is read by itself, so that no transaction stays open while a page is worked on.
    Raises ``DocumentUnreadable``.
    """
    async with run.transaction() as tx:
        every = await invoicing.read_series(tx, seller_code=wanted.seller_code)
    for series in every:
        if not wanted.first <= int(series.period) <= wanted.last:
            continue
        if wanted.kinds is not None and series.kind not in wanted.kinds:
            continue
        after = 0
        while True:
            async with run.transaction() as tx:
                rows = await invoicing.read_register(
                    tx, series_id=series.id, after=after, limit=PAGE
                )
                page = await open_in(tx, run, rows)
            if page:
                yield series, page
            if len(rows) < PAGE:
                break
            after = rows[-1].position

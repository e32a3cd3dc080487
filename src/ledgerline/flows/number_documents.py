"""Stamp gapless numbers on issued documents, late and in batches."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import SeriesId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog.rules.numbering import display, read_template
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.documents import DequeueRow, NumberRow, QueueRow, RaiseRow, SeriesRow

NUMBER_BATCH_MAX: Final = 1_000  # documents of a series a transaction


@repeated
async def number_documents(run: Run, *, limit: int = NUMBER_BATCH_MAX) -> int:
    """Stamp at most ``limit`` documents of each series; return how many were stamped.

    0 means that nothing waits or others are at it; fewer than ``limit``, that nothing is left.
    Called by the numbering job and after purchases. Counters, register and queue move in one
    transaction, so a rollback consumes nothing and a repeat finds nothing. One worker a series,
    many series side by side. Stamps never go back, whatever the clocks of two workers say; what
    was issued by a clock ahead of ours waits until ours is there.
    """
    async with run.transaction() as tx:
        waiting = await invoicing.waiting_series(tx, now=run.now())
        if not waiting:
            return 0
        claimed = await invoicing.claim_series(tx, ids=[row.id for row in waiting])
        if not claimed:
            return 0
        async with tx.pipeline():
            last = await invoicing.read_last_numbers(
                tx, series_ids=[row.id for row in claimed],
                positions=[row.next_number - 1 for row in claimed],
            )  # fmt: skip
            queue = await invoicing.read_queue(
                tx, series_ids=[row.id for row in claimed], now=run.now(), limit=limit
            )
        numbers = list(_numbers(claimed, last, queue, now=run.now()))
        await _record(tx, claimed, numbers)
    return len(numbers)


def _numbers(
    claimed: Sequence[SeriesRow],
    last: Sequence[NumberRow],
    queue: Sequence[QueueRow],
    *,
    now: datetime,
) -> Iterator[NumberRow]:
    """Count on in each series, in the order in which its documents were issued."""
    stamped = {row.series_id: row.stamped_at for row in last}
    waiting: Mapping[SeriesId, list[QueueRow]] = {row.id: [] for row in claimed}
    for row in queue:
        waiting[row.series_id].append(row)
    for series in claimed:
        stamp = max(now, stamped.get(series.id, now))
        form = read_template(series.template)
        for position, row in enumerate(waiting[series.id], series.next_number):
            shown = display(form, year=series.period, position=position)
            yield NumberRow(
                series_id=series.id,
                position=position,
                document_id=row.document_id,
                bucket=row.bucket,
                display=shown,
                stamped_at=stamp,
            )


async def _record(tx: Tx, claimed: Sequence[SeriesRow], numbers: Sequence[NumberRow]) -> None:
    count = Counter(row.series_id for row in numbers)
    raised = [RaiseRow(row.id, row.next_number, count[row.id]) for row in claimed if count[row.id]]
    async with tx.pipeline(rows=len(numbers)):
        await invoicing.add_numbers(tx, numbers)
        await invoicing.raise_counters(tx, raised)
        await invoicing.dequeue(tx, [DequeueRow(row.bucket, row.document_id) for row in numbers])

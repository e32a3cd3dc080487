"""Stamp gapless numbers on issued documents, late and in batches."""

from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rules.numbering import display
from ledgerline.invoicing.store import DequeueRow, NumberRow, SeriesRow

NUMBER_BATCH_MAX: Final = 1_000


async def number_documents(run: Run, *, limit: int = NUMBER_BATCH_MAX) -> int:
    """Stamp one batch of one series; 0 means that nothing waits or others are at it.

    Called by the numbering job and after purchases. Counter, register and queue move in one
    transaction, so a rollback consumes nothing and a repeat finds nothing. One worker a series,
    many series side by side. Stamps never go back, whatever the clocks of two workers say.
    """
    async with run.transaction() as tx:
        waiting = await invoicing.waiting_series(tx)
        series = await invoicing.claim_series(tx, ids=[row.id for row in waiting])
        if series is None:
            return 0
        last = await invoicing.read_number(tx, series_id=series.id, position=series.next_number - 1)
        now = run.now() if last is None else max(run.now(), last.stamped_at)
        queue = await invoicing.read_queue(tx, series_id=series.id, limit=limit)
        numbers = [
            NumberRow(
                series.id, position, row.document_id, row.bucket,
                display(series.template, period=series.period, position=position), now,
            )
            for position, row in enumerate(queue, series.next_number)
        ]  # fmt: skip
        await _record(tx, series, numbers)
    return len(numbers)


async def _record(tx: Tx, series: SeriesRow, numbers: list[NumberRow]) -> None:
    if not numbers:
        return
    await invoicing.add_numbers(tx, numbers)
    await invoicing.raise_counter(
        tx, id=series.id, next_number=series.next_number, count=len(numbers)
    )
    await invoicing.dequeue(tx, [DequeueRow(row.bucket, row.document_id) for row in numbers])

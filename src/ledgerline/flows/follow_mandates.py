"""Look at mandates whose look is due: what was told of them, what waits, and what lapses."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from ledgerline.base.run import Run
from ledgerline.base.tasks import results
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.record_mandate import Fact, record_mandate
from ledgerline.payments import mandates
from ledgerline.payments.debits import ENDED, MandateEvent, MandateSource, MandateState
from ledgerline.payments.model import Psps
from ledgerline.payments.rows.mandates import MandateRow, NamedMandateRow
from ledgerline.payments.rules.mandates import AGAIN

LOOKS_MAX: Final = 32  # as many as an account takes at once


async def follow_mandates(run: Run, psps: Psps, *, buckets: Buckets, limit: int = LOOKS_MAX) -> int:
    """Look at one batch of mandates of a bucket range; return how many.

    Called by the job and the virtual clock. A look that was claimed is due again later, so a dead
    worker loses none; one without an answer says nothing and is made again.
    """
    now = run.now()
    async with run.transaction() as tx:
        claimed = await mandates.claim_looks(
            tx, buckets=buckets, now=now, next_look_at=now + AGAIN, limit=limit
        )
    ended = await asyncio.gather(
        *(_follow(run, psps, row, now=now) for row in claimed), return_exceptions=True
    )
    results(ended)
    return len(claimed)


async def _follow(run: Run, psps: Psps, row: MandateRow, *, now: datetime) -> None:
    """Let a mandate lapse by our calendar, or keep what its provider says of it now."""
    named = NamedMandateRow(row.bucket, row.id, row.payment_method_id)
    today = now.astimezone(UTC).date()
    is_over = row.lapses_on is not None and row.lapses_on <= today
    if is_over and MandateState(row.state) not in ENDED:
        key = f"lapsed-{today}"
        await record_mandate(
            run, named, Fact(key, MandateEvent.LAPSED, MandateSource.CLOCK, occurred_at=now)
        )
        return
    reading = await psps.mandate(row.psp_account, row.psp_token)
    if reading is None or reading.event is None:
        return
    fact = Fact(
        f"look-{reading.event}-{now.isoformat()}",
        reading.event,
        MandateSource.LOOK,
        occurred_at=now,
    )
    await record_mandate(run, named, fact._replace(reading=reading))

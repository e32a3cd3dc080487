"""Find out what became of set-ups whose answer never came, and end those whose payer never did."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.run import Run
from ledgerline.base.tasks import results
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.find_out import find_out
from ledgerline.flows.look_up import LOOKS_AT_ONCE
from ledgerline.flows.settle_setup import settle_setup, setup_as_sent
from ledgerline.payments import setting_up
from ledgerline.payments.model import Outcome, Psps, Reading
from ledgerline.payments.rows.setups import SetupLookRow, SetupRow
from ledgerline.payments.rules.ladder import next_look
from ledgerline.payments.rules.setting_up import setup_wish
from ledgerline.payments.setups import SetupState

SETUPS_BATCH_MAX: Final = LOOKS_AT_ONCE
AT_ONCE: Final = timedelta(0)
_LEASE: Final = timedelta(seconds=30)


async def resolve_setups(
    run: Run,
    psps: Psps,
    *,
    buckets: Buckets,
    limit: int = SETUPS_BATCH_MAX,
    ahead: timedelta = AT_ONCE,
) -> int:
    """Look at one batch of set-ups without a known end; return how many were looked at.

    With ``ahead`` also at those whose look is due so much later (a clock that stands still). Called
    by the resolver job and the virtual clock. The ladder is that of attempts. A payer who does not
    come back is waited for until the set-up expires; then the provider is told to end it, and only
    what it confirms does. What fails is raised when the others are done.
    """
    now = run.now()
    async with run.transaction() as tx:
        rows = await setting_up.claim_setups(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now + ahead,
            next_look_at=now + ahead + _LEASE, limit=limit,
        )  # fmt: skip
    ended = await asyncio.gather(
        *(_look(run, psps, row, now=now) for row in rows), return_exceptions=True
    )
    found = [
        (row, reading)
        for row, reading in zip(rows, ended, strict=True)
        if isinstance(reading, Reading)
    ]
    settled = await asyncio.gather(
        *(_settle(run, row, reading, now=now) for row, reading in found), return_exceptions=True
    )
    results(ended)
    results(settled)
    return len(rows)


async def _look(run: Run, psps: Psps, row: SetupRow, *, now: datetime) -> Reading:
    wish = setup_wish(canceled=row.canceled_at is not None, expires_at=row.expires_at, now=now)
    return await find_out(
        psps,
        setup_as_sent(run, row),
        sent_at=row.sent_at,
        now=now,
        wish=wish,
        acts=row.state == SetupState.REQUIRES_ACTION,
    )


async def _settle(run: Run, row: SetupRow, reading: Reading, *, now: datetime) -> None:
    """Settle what was found; a look that says nothing takes no payer their time."""
    waits = row.state == SetupState.REQUIRES_ACTION and now < row.expires_at
    if reading.outcome is not Outcome.UNKNOWN or not waits or row.canceled_at is not None:
        await settle_setup(run, bucket=row.bucket, setup_id=row.id, reading=reading)
        return
    at = next_look(row.looks - 1, now, retry_after_seconds=reading.retry_after_seconds)
    async with run.transaction() as tx:
        look = SetupLookRow(row.bucket, row.id, min(at, row.expires_at))
        await setting_up.look_at_setup(tx, look)

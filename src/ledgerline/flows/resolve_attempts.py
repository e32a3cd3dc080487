"""Find out what became of attempts whose answer never came."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    ChargeKind,
    Initiator,
    Lookup,
    Outcome,
    Psps,
    Reading,
    SentAttempt,
)
from ledgerline.payments.rows.attempts import AttemptRow, LookRow
from ledgerline.payments.rules.ladder import ReplaySameKey, Settle, next_look, next_step

RESOLVE_BATCH_MAX: Final = 200
KEY_WINDOW: Final = timedelta(days=7)  # how long the provider keeps an idempotency key
_LEASE: Final = timedelta(seconds=30)  # a resolver that dies leaves the attempt to the next look


async def resolve_attempts(
    run: Run, psps: Psps, *, buckets: Buckets, limit: int = RESOLVE_BATCH_MAX
) -> int:
    """Look at one batch of attempts without a known end; return how many were looked at.

    Called by the resolver job and the virtual clock. Ask first; replay the same key only when the
    provider knows nothing and still keeps keys; otherwise wait. Nothing ends by age. Safe to
    repeat: only evidence ends an attempt, through ``settle_attempt``.
    """
    now = run.now()
    async with run.transaction() as tx:
        rows = await payments.claim_unresolved(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now, next_look_at=now + _LEASE,
            limit=limit,
        )  # fmt: skip
    if not rows:
        return 0
    readings = await asyncio.gather(*(_find_out(run, psps, row) for row in rows))
    pairs = list(zip(rows, readings, strict=True))
    await _look_later(run, _later(pairs, run))
    await settle_attempt(
        run, [Evidence(row.bucket, row.id, reading) for row, reading in pairs if reading]
    )
    return len(rows)


@repeated
async def _look_later(run: Run, rows: Sequence[LookRow]) -> None:
    async with run.transaction() as tx:
        await payments.mark_unknown(tx, rows, now=run.now())


async def _find_out(run: Run, psps: Psps, row: AttemptRow) -> Reading | None:
    """Climb the ladder for one attempt; None means that nothing is proven yet."""
    amount = Money(row.amount_minor, Currency(row.currency))
    reading = await psps.call(Lookup(ChargeKind.CHARGE, row.psp_account, str(row.id), amount))
    step = next_step(
        reading, sent_at=row.sent_at, now=run.now(), key_window=KEY_WINDOW, wanted=True
    )
    if isinstance(step, ReplaySameKey):
        again = SentAttempt(
            bucket=row.bucket,
            attempt_id=row.id,
            payment_id=row.payment_id,
            psp_account=row.psp_account,
            amount=amount,
            psp_token=row.psp_token,
            initiator=Initiator(row.initiator),
        )
        reading = await psps.call(again)
        step = next_step(
            reading, sent_at=row.sent_at, now=run.now(), key_window=KEY_WINDOW, wanted=False
        )
    if isinstance(step, Settle):
        return step.reading
    return reading if reading.outcome is Outcome.PENDING else None


def _later(pairs: Sequence[tuple[AttemptRow, Reading | None]], run: Run) -> list[LookRow]:
    now = run.now()
    return [
        LookRow(row.bucket, row.id, next_look(row.looks - 1, now))
        for row, reading in pairs
        if reading is None
    ]

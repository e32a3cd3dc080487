"""Find out what became of refunds whose answer never came."""

import asyncio
from datetime import timedelta
from typing import Final

from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.resolve_attempts import KEY_WINDOW
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments import store as payments
from ledgerline.payments.model import ChargeKind, Lookup, Outcome, Psps, Reading, SentRefund
from ledgerline.payments.rows.refunds import RefundRow
from ledgerline.payments.rules.ladder import ReplaySameKey, Settle, next_step

RESOLVE_BATCH_MAX: Final = 100
_LEASE: Final = timedelta(seconds=30)


async def resolve_refunds(
    run: Run, psps: Psps, *, buckets: Buckets, limit: int = RESOLVE_BATCH_MAX
) -> int:
    """Look at one batch of refunds without a known end; return how many were looked at.

    The same ladder as for attempts: ask, then replay the same key, else wait. Never a new key.
    """
    now = run.now()
    async with run.transaction() as tx:
        rows = await payments.claim_unresolved_refunds(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now, next_look_at=now + _LEASE,
            limit=limit,
        )  # fmt: skip
    readings = await asyncio.gather(*(_find_out(run, psps, row) for row in rows))
    await in_turn(
        settle_refund(run, bucket=row.bucket, refund_id=row.id, reading=reading)
        for row, reading in zip(rows, readings, strict=True)
    )
    return len(rows)


async def _find_out(run: Run, psps: Psps, row: RefundRow) -> Reading:
    amount = Money(row.amount_minor, Currency(row.currency))
    lookup = Lookup(ChargeKind.REFUND, row.psp_account, str(row.id), amount)
    reading = await psps.call(lookup)
    step = next_step(
        reading, sent_at=row.sent_at, now=run.now(), key_window=KEY_WINDOW, wanted=True
    )
    if isinstance(step, ReplaySameKey):
        again = SentRefund(
            bucket=row.bucket,
            refund_id=row.id,
            psp_account=row.psp_account,
            charge_ref=row.charge_ref,
            amount=amount,
        )
        reading = await psps.call(again)
        step = next_step(
            reading, sent_at=row.sent_at, now=run.now(), key_window=KEY_WINDOW, wanted=False
        )
    if isinstance(step, Settle) or reading.outcome is Outcome.PENDING:
        return reading
    return Reading(Outcome.UNKNOWN, reading.kind, code=reading.code)

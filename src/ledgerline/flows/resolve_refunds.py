"""Find out what became of refunds whose answer never came."""

import asyncio
from datetime import timedelta
from typing import Final

from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn, results
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.find_out import find_out
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments import store as payments
from ledgerline.payments.model import Psps, Reading, SentRefund
from ledgerline.payments.rows.refunds import RefundRow

RESOLVE_BATCH_MAX: Final = 100
_LEASE: Final = timedelta(seconds=30)


async def resolve_refunds(
    run: Run, psps: Psps, *, buckets: Buckets, limit: int = RESOLVE_BATCH_MAX
) -> int:
    """Look at one batch of refunds without a known end; return how many were looked at.

    The same ladder as for attempts: ask, then replay the same key, else wait. Never a new key.
    What fails is raised when the others are done.
    """
    now = run.now()
    async with run.transaction() as tx:
        rows = await payments.claim_unresolved_refunds(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now, next_look_at=now + _LEASE,
            limit=limit,
        )  # fmt: skip
    ended = await asyncio.gather(
        *(find_out(psps, _as_sent(row), sent_at=row.sent_at, now=now) for row in rows),
        return_exceptions=True,
    )
    await in_turn(
        settle_refund(run, bucket=row.bucket, refund_id=row.id, reading=reading)
        for row, reading in zip(rows, ended, strict=True)
        if isinstance(reading, Reading)
    )
    results(ended)
    return len(rows)


def _as_sent(row: RefundRow) -> SentRefund:
    return SentRefund(
        bucket=row.bucket,
        refund_id=row.id,
        psp_account=row.psp_account,
        charge_ref=row.charge_ref,
        amount=Money(row.amount_minor, Currency(row.currency)),
        request_digest=row.request_digest,
    )

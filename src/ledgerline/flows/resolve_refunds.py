"""Send refunds that wait for it, and find out what became of those whose answer never came."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import RefundId
from ledgerline.base.moments import Moment
from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn, results
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.find_out import find_out
from ledgerline.flows.look_up import LOOKS_AT_ONCE
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.flows.tell_amounts import tell_amounts
from ledgerline.payments import disputing
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    EvidenceKind,
    Outcome,
    Psps,
    Reading,
    RefundEvent,
    RefundState,
    SentRefund,
)
from ledgerline.payments.rows.refunds import RefundRow, SendRow
from ledgerline.payments.rules.ladder import first_look
from ledgerline.payments.rules.lifecycle import REFUND

RESOLVE_BATCH_MAX: Final = LOOKS_AT_ONCE
AT_ONCE: Final = timedelta(0)
FROZEN_FOR: Final = timedelta(days=1)
_LEASE: Final = timedelta(seconds=30)
_LOST: Final = Reading(Outcome.DECLINED, EvidenceKind.WITHDRAWN, code="lost_to_dispute")
"""It was never sent, and its payer has the money."""


async def resolve_refunds(
    run: Run,
    psps: Psps,
    *,
    buckets: Buckets,
    limit: int = RESOLVE_BATCH_MAX,
    ahead: timedelta = AT_ONCE,
) -> int:
    """Look at one batch of refunds without a known end; return how many were looked at.

    With ``ahead`` also at those whose look is due so much later (a clock that stands still).

    What was never sent is committed as sent, with its digest, and goes out, unless its payment is
    disputed: once a dispute that has its money is lost, it is given up. For the others the same
    ladder as for attempts: ask, then replay the same key, else wait. Never a new key. What fails is
    raised when the others are done.
    """
    now = run.now()
    async with run.transaction() as tx:
        rows = await payments.claim_unresolved_refunds(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now + ahead,
            next_look_at=now + ahead + _LEASE, limit=limit,
        )  # fmt: skip
        frozen = await _freeze_in(tx, rows, now=now)
        over = [row for row in rows if frozen.get(row.id)]
        rows = [row for row in rows if row.id not in frozen]
        fresh = await _send_in(tx, psps, rows, now=now)
    for row in over:
        await settle_refund(run, bucket=row.bucket, refund_id=row.id, reading=_LOST)
    ended = await asyncio.gather(
        *(
            psps.call(fresh[row.id])
            if row.id in fresh
            else find_out(psps, as_sent(row, decided=run.moment()), sent_at=row.sent_at, now=now)
            for row in rows
        ),
        return_exceptions=True,
    )
    heard = [
        (row, reading)
        for row, reading in zip(rows, ended, strict=True)
        if isinstance(reading, Reading)
    ]
    await tell_amounts(run, heard)
    await in_turn(
        settle_refund(run, bucket=row.bucket, refund_id=row.id, reading=reading)
        for row, reading in heard
    )
    results(ended)
    return len(rows) + len(over)


async def _freeze_in(tx: Tx, rows: Sequence[RefundRow], *, now: datetime) -> dict[RefundId, bool]:
    """Put off what was never sent while a dispute of its payment is open: it could leave twice.

    Of what was put off it says whether the dispute is lost, and has given back what this would.
    """
    asked = [row for row in rows if row.state == RefundState.REQUESTED]
    if not asked:
        return {}
    frozen = await disputing.freeze_refunds(
        tx,
        buckets=[row.bucket for row in asked],
        ids=[row.id for row in asked],
        until=now + FROZEN_FOR,
    )
    return {row.id: row.is_lost for row in frozen}


async def _send_in(
    tx: Tx, psps: Psps, rows: Sequence[RefundRow], *, now: datetime
) -> dict[RefundId, SentRefund]:
    """Commit what was only asked for as sent, before any byte leaves."""
    asked = [row for row in rows if row.state == RefundState.REQUESTED]
    sent = {row.id: psps.prepared(as_sent(row)) for row in asked}
    await payments.send_refunds(
        tx,
        [
            SendRow(
                bucket=row.bucket,
                id=row.id,
                state_before=row.state,
                state_event=RefundEvent.SENT,
                state=REFUND.after(RefundState.REQUESTED, RefundEvent.SENT),
                sent_at=now,
                resolve_at=first_look(now, psps.call_deadline(row.psp_account)),
                request_digest=sent[row.id].request_digest,
            )
            for row in asked
        ],
    )
    return sent


def as_sent(row: RefundRow, *, decided: Moment | None = None) -> SentRefund:
    """Return what was or is to be sent for a refund, where that is ``decided``."""
    return SentRefund(
        bucket=row.bucket,
        refund_id=row.id,
        psp_account=row.psp_account,
        charge_ref=row.charge_ref,
        amount=Money(row.amount_minor, Currency(row.currency)),
        request_digest=row.request_digest,
        psp_ref=row.psp_ref,
        decided=decided,
    )

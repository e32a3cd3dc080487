"""Charge payments whose next try is due."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.ids import AttemptId
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import Buckets, Fence
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.settle_attempt import Belongs, Evidence, settle_attempt
from ledgerline.flows.withdraw_payments import withdraw_payments
from ledgerline.outbox.model import EventKind
from ledgerline.payments import store as payments
from ledgerline.payments.model import Initiator, Psps, SentAttempt
from ledgerline.payments.rows.attempts import NewAttemptRow
from ledgerline.payments.rows.payments import DuePaymentRow, TriedRow
from ledgerline.payments.rules.sending import attempt_to_commit
from ledgerline.payments.rules.settlement import Succeed
from ledgerline.subscriptions import store as subscriptions

COLLECT_BATCH_MAX: Final = 200  # attempts a transaction


class BatchCollected(NamedTuple):
    """What one batch did; ``tried`` of 0 means nothing was due."""

    tried: int
    succeeded: int


async def collect_due(
    run: Run,
    psps: Psps,
    *,
    buckets: Buckets,
    limit: int = COLLECT_BATCH_MAX,
    fence: Fence | None = None,
) -> BatchCollected:
    """Try one batch of due payments of a bucket range.

    Called by the collection job and the virtual clock. Attempts are committed as sent before any
    byte leaves; then all calls run at once without a database connection; then the answers are
    settled in one transaction. A crash between leaves rows that the resolver finishes.
    """
    due, orphans = await _send(run, psps, buckets=buckets, limit=limit, fence=fence)
    readings = await asyncio.gather(*(psps.call(sent) for sent, _ in due))
    verdicts = await settle_attempt(
        run,
        [
            Evidence(sent.bucket, sent.attempt_id, reading, belongs)
            for (sent, belongs), reading in zip(due, readings, strict=True)
        ],
    )
    if orphans:
        await withdraw_payments(run, orphans)
    won = sum(isinstance(verdict, Succeed) for verdict in verdicts.values())
    return BatchCollected(len(due) + len(orphans), won)


@repeated
async def _send(
    run: Run, psps: Psps, *, buckets: Buckets, limit: int, fence: Fence | None
) -> tuple[list[tuple[SentAttempt, Belongs]], list[DuePaymentRow]]:
    """Commit the due payments as sent; apart from those whose subscription ended."""
    now = run.now()
    async with run.transaction() as tx:
        claimed = await payments.claim_due(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now, limit=limit
        )
        if not claimed:
            return [], []
        ended = await subscriptions.read_ended(
            tx,
            buckets=[row.bucket for row in claimed],
            ids=[row.subscription_id for row in claimed],
        )
        over = {row.id for row in ended}
        due = [row for row in claimed if row.subscription_id not in over]
        ids = [AttemptId(one) for one in run.new_ids([row.bucket for row in due])]
        sent = _as_sent(psps, due, ids)
        async with tx.pipeline():
            await payments.mark_tried(tx, [TriedRow(row.bucket, row.id, row.tries) for row in due])
            await payments.add_attempts(tx, _attempts(psps, sent, due, now=now))
            await record_events_in(
                tx, run, [_sent(row, one, now=now) for row, one in zip(due, ids, strict=True)]
            )
        if fence is not None:
            await fence(tx)
    return sent, [row for row in claimed if row.subscription_id in over]


def _attempts(
    psps: Psps,
    sent: Sequence[tuple[SentAttempt, Belongs]],
    due: Sequence[DuePaymentRow],
    *,
    now: datetime,
) -> list[NewAttemptRow]:
    return [
        attempt_to_commit(
            one, ordinal=row.tries + 1, call_deadline=psps.call_deadline(row.psp_account), now=now
        )
        for (one, _), row in zip(sent, due, strict=True)
    ]


def _sent(row: DuePaymentRow, id: AttemptId, *, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=row.bucket,
        aggregate_id=id,
        seq=1,
        kind=EventKind.ATTEMPT_SENT,
        customer_id=row.customer_id,
        occurred_at=now,
    )


def _as_sent(
    psps: Psps, due: Sequence[DuePaymentRow], ids: Sequence[AttemptId]
) -> list[tuple[SentAttempt, Belongs]]:
    """Build what connectors accept, with its digest; it is sent once its row is committed."""
    return [
        (
            psps.prepared(
                SentAttempt(
                    bucket=row.bucket,
                    attempt_id=one,
                    payment_id=row.id,
                    psp_account=row.psp_account,
                    amount=Money(row.amount_minor, Currency(row.currency)),
                    psp_token=row.psp_token,
                    initiator=Initiator.MERCHANT,
                )
            ),
            Belongs(row.id, row.invoice_id, row.subscription_id),
        )
        for row, one in zip(due, ids, strict=True)
    ]

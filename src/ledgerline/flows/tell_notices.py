"""Tell payers of what is collected from them: each notice once, as an event."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from ledgerline.base.ids import PaymentId
from ledgerline.base.run import Run
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.payments import notices
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.notices import NoticeRow, ToldRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rules.notices import Later, NoticeKind, Tell, decide

TELL_BATCH_MAX: Final = 200


async def tell_notices(run: Run, *, buckets: Buckets, limit: int = TELL_BATCH_MAX) -> int:
    """Tell one batch of what is due; return how many were due.

    Called by its job and the virtual clock. What was mended is told nothing more. Safe to repeat,
    and in many workers at once: under the locks of the payments the notices are read again.
    """
    now = run.now()
    async with run.transaction() as tx:
        due = await notices.read_due_notices(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now, limit=limit
        )
        if not due:
            return 0
        ids = {one.payment_id: one.bucket for one in due}
        held = await payments.lock_payments(tx, buckets=list(ids.values()), ids=list(ids))
        payment_of = {row.id: row for row in held}
        again = await notices.read_notices(tx, buckets=list(ids.values()), ids=list(ids), now=now)
        steps = [_step(one, payment_of[one.payment_id], now=now) for one in again]
        told = [one for one in steps if one.told_at is not None]
        await notices.step_notices(tx, steps)
        events = list(_events(told, payment_of, now=now))
        await record_events_in(tx, run, events)
        await notices.count_told(tx, _counts(told))
    return len(due)


def _step(notice: NoticeRow, payment: PaymentRow, *, now: datetime) -> NoticeRow:
    decided = decide(
        NoticeKind(notice.kind),
        PaymentState(payment.state),
        next_try_at=payment.next_try_at,
        awaits_payer=payment.awaits_payer,
        now=now,
    )
    return notice._replace(
        due_at=decided.at if isinstance(decided, Later) else None,
        told_at=now if isinstance(decided, Tell) else None,
    )


def _counts(told: Sequence[NoticeRow]) -> list[ToldRow]:
    return [ToldRow(rows[0].bucket, rows[0].payment_id, len(rows)) for rows in _by_payment(told)]


def _events(
    told: Sequence[NoticeRow], payment_of: Mapping[PaymentId, PaymentRow], *, now: datetime
) -> Iterable[NewEvent]:
    for rows in _by_payment(told):
        payment = payment_of[rows[0].payment_id]
        for place, row in enumerate(rows, start=1):
            yield NewEvent(
                bucket=row.bucket,
                aggregate_id=row.payment_id,
                seq=payment.event_seq + place,
                kind=EventKind.PAYMENT_NOTICE,
                customer_id=payment.customer_id,
                occurred_at=now,
                body={"notice": row.kind, "day": row.day},
            )


def _by_payment(told: Sequence[NoticeRow]) -> Iterable[list[NoticeRow]]:
    for _, rows in groupby(told, key=lambda one: one.payment_id):
        yield list(rows)

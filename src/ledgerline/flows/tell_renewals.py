"""Tell customers that a trial ends, or that a plan renews for a year: each notice once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.calendar import start_of
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, SubscriptionId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import NOTICE_DAYS_MAX
from ledgerline.flows.read_due import DueGroup, group_due, read_due_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.set_aside import AGAIN_AFTER, Refusal, set_aside, set_aside_in
from ledgerline.outbox.model import EventKind
from ledgerline.payments.rules.notices import Later, Tell
from ledgerline.rules.foretelling import RENEWS, decide, wanted_of
from ledgerline.rules.renewal import Renewal
from ledgerline.subscriptions import notices
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.subscriptions.rows import CountedRow, RenewalNoticeRow, SubscriptionRow

TELL_BATCH_MAX: Final = 500
AHEAD: Final = timedelta(days=NOTICE_DAYS_MAX)
WITH_THE_BILL: Final = 0
Buckets = tuple[int, int]


class _Due(NamedTuple):
    """A subscription of which something is due to be told."""

    bucket: Bucket
    id: SubscriptionId


class _Told(NamedTuple):
    """What is told of a subscription: when it renews, and what that will cost."""

    row: SubscriptionRow
    days: int
    total_minor: int


async def tell_renewals(run: Run, *, buckets: Buckets, limit: int = TELL_BATCH_MAX) -> int:
    """Tell one batch of what is due; return how many notices were due.

    Called by its job and the virtual clock. What comes near gets its notices planned first, on the
    days that its market wants. Safe to repeat, and in many workers at once: under the locks of the
    subscriptions the notices are read again. The amount is that of the bill as it would be made.
    One of which nothing can be told is set aside, and the others are told of.
    """
    now = run.now()
    async with run.transaction() as tx:
        wanted = wanted_of(await catalog.read_markets(tx))
        await notices.plan_notices(tx, wanted, buckets=buckets, now=now, until=now + AHEAD)
        due = await notices.read_due_notices(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now, limit=limit
        )
    held = {one.subscription_id: _Due(one.bucket, one.subscription_id) for one in due}
    await set_aside(
        list(held.values()),
        lambda some: _tell_of(run, some),
        aside=lambda one, why: _put_off(run, one, why=why),
    )
    return len(due)


async def tell_late_in(tx: Tx, run: Run, groups: Sequence[DueGroup], *, now: datetime) -> None:
    """Tell of trials that are billed now and of which nothing was told, with the bill.

    Called by the billing run under its locks, before anything is written: so no trial turns into a
    charge without a notice, however long its job has stood still. The rows of the groups follow.
    """
    trials = [
        (group, place, row, group.decision.bill.priced.gross_minor)
        for group in groups
        if isinstance(group.decision, Renewal)
        for place, row in enumerate(group.rows)
        if row.state == SubscriptionState.TRIALING
    ]
    if not trials:
        return
    untold = {one.id for one in await notices.read_untold(tx, [row for _, _, row, _ in trials])}
    late = [one for one in trials if one[2].id in untold]
    told = [_Told(row, WITH_THE_BILL, minor) for _, _, row, minor in late]
    await notices.add_told(tx, [_notice(one, now=now) for one in told])
    await _record(tx, run, told, now=now)
    for group, place, row, _ in late:
        group.rows[place] = row._replace(event_seq=row.event_seq + 1, version=row.version + 1)


@repeated
async def _tell_of(run: Run, some: Sequence[_Due]) -> int:
    """Tell what is due of some subscriptions, in one transaction."""
    now = run.now()
    places, ids = [one.bucket for one in some], [one.id for one in some]
    async with run.transaction() as tx:
        held = await subscriptions.lock_subscriptions(tx, buckets=places, ids=ids)
        again = await notices.read_notices(tx, buckets=places, ids=ids, now=now)
        row_of, total_of = {row.id: row for row in held}, await _totals(tx, held)
        days = _days(again)
        steps, told = [], []
        for one in again:
            row, total = row_of[one.subscription_id], total_of.get(one.subscription_id)
            decided = decide(
                one, row, total_minor=total, due_days=days[row.id, one.renews_on], now=now
            )
            due_at = decided.at if isinstance(decided, Later) else None
            is_told = isinstance(decided, Tell)
            steps.append(one._replace(due_at=due_at, told_at=now if is_told else None))
            if is_told:
                told.append(_Told(row, one.days, total or 0))
        await notices.step_notices(tx, steps)
        await _record(tx, run, told, now=now)
    return len(again)


@repeated
async def _put_off(run: Run, one: _Due, *, why: Refusal) -> None:
    """Look again at one subscription tomorrow, and tell people why."""
    now = run.now()
    async with run.transaction() as tx:
        rows = await notices.read_notices(tx, buckets=[one.bucket], ids=[one.id], now=now)
        await notices.step_notices(tx, [row._replace(due_at=now + AGAIN_AFTER) for row in rows])
        await set_aside_in(
            tx, bucket=one.bucket, subject_id=one.id, what="tell of a renewal", why=why, now=now
        )


async def _totals(tx: Tx, held: Sequence[SubscriptionRow]) -> Mapping[SubscriptionId, int]:
    """Compute what subscriptions will be billed next, as the billing run would then."""
    running = [row for row in held if row.state in RENEWS and row.parked is None]
    if not running:
        return {}
    then = max(start_of(row.billed_through, row.zone) for row in running)
    read = await read_due_in(tx, running, now=then)
    return {
        row.id: group.decision.bill.priced.gross_minor
        for group in group_due(read, now=then)
        if isinstance(group.decision, Renewal)
        for row in group.rows
    }


def _days(due: Sequence[RenewalNoticeRow]) -> Mapping[tuple[SubscriptionId, date], list[int]]:
    found: dict[tuple[SubscriptionId, date], list[int]] = defaultdict(list)
    for one in due:
        found[one.subscription_id, one.renews_on].append(one.days)
    return found


def _notice(one: _Told, *, now: datetime) -> RenewalNoticeRow:
    row = one.row
    return RenewalNoticeRow(
        bucket=row.bucket,
        subscription_id=row.id,
        renews_on=row.billed_through,
        days=one.days,
        due_at=None,
        told_at=now,
    )


async def _record(tx: Tx, run: Run, told: Sequence[_Told], *, now: datetime) -> None:
    """Write what is told as events; of a subscription one thing is told at a time."""
    await subscriptions.count_events(
        tx, [CountedRow(one.row.bucket, one.row.id, one.row.version) for one in told]
    )
    await record_events_in(tx, run, [_event(one, now=now) for one in told])


def _event(one: _Told, *, now: datetime) -> NewEvent:
    row = one.row
    tries = row.state == SubscriptionState.TRIALING
    return NewEvent(
        bucket=row.bucket,
        aggregate_id=row.id,
        seq=row.event_seq + 1,
        kind=EventKind.SUBSCRIPTION_TRIAL_ENDING if tries else EventKind.SUBSCRIPTION_RENEWS_SOON,
        customer_id=row.customer_id,
        occurred_at=now,
        body={
            "days": one.days,
            "renews_on": row.billed_through.isoformat(),
            "amount": one.total_minor,
            "currency": row.currency,
        },
    )

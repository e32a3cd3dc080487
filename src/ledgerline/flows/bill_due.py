"""Bill subscriptions whose next period is due, in batches."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.calendar import local_date, start_of
from ledgerline.base.copying import VARIES, Columns, Shape, Shaped
from ledgerline.base.db import Tx
from ledgerline.base.errors import ConstraintViolated, Rejected
from ledgerline.base.ids import BillRunId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.issue_invoices import (
    Claim,
    Issues,
    covers_of,
    issue_invoices_in,
    item_column,
)
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.read_due import DueGroup, group_due, read_due_in
from ledgerline.flows.record_entry import record_takeovers_in
from ledgerline.flows.spend_credit import spend_credit_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.flows.tell_renewals import tell_late_in
from ledgerline.invoicing import pausing
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceCause, RefusedByDatabase
from ledgerline.invoicing.rows.documents import ParkedRow
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.rules.renewal import End, Renewal
from ledgerline.rules.terms import Book
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rows import AdvanceRow, ParkRow, SubscriptionRow

BILL_BATCH_MAX: Final = 10_000  # subscriptions a transaction
PER_BUCKET_MAX: Final = 10_000
BISECT: Final = 10  # a batch that holds a poison subscription is repeated this many times smaller

Buckets = tuple[int, int]
Fence = Callable[[Tx], Awaitable[None]]  # raises when the caller's lease is gone


class BatchBilled(NamedTuple):
    """What one batch did; all zero means nothing was due.

    ``more`` says that something may still be due: the batch was full, or the next period of one
    of its subscriptions has begun as well.
    """

    invoiced: int
    ended: int
    parked: int
    more: bool

    @property
    def total(self) -> int:
        """How many subscriptions the batch had."""
        return self.invoiced + self.ended + self.parked

    def plus(self, after: "BatchBilled") -> "BatchBilled":
        """Add what the batch after this one did."""
        return BatchBilled(
            self.invoiced + after.invoiced, self.ended + after.ended, self.parked + after.parked,
            after.more,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Billed:
    """Subscriptions that renew alike, and the invoices they get."""

    renewal: Renewal
    group: DueGroup
    issues: Issues


async def bill_due(
    run: Run,
    *,
    bill_run_id: BillRunId,
    buckets: Buckets,
    limit: int = BILL_BATCH_MAX,
    fence: Fence | None = None,
) -> BatchBilled:
    """Bill one batch of due subscriptions of a bucket range.

    Called by the billing job, ``bill run`` and the virtual clock. Safe in many workers at once:
    rows are claimed with SKIP LOCKED and a period billed before is refused by its primary key.
    A subscription that cannot be billed, or whose rows the database refuses whatever the reason, is
    parked with it; the rest of the batch commits. While billing is paused nothing is done.
    """
    claimed: list[SubscriptionRow] = []
    try:
        return await _bill_batch(
            run, claimed, bill_run_id=bill_run_id, buckets=buckets, limit=limit, fence=fence
        )
    except (Rejected, ConstraintViolated) as failure:
        refusal = failure if isinstance(failure, Rejected) else RefusedByDatabase(str(failure))
        if len(claimed) == 1 and await _park_one(run, claimed[0], refusal, bill_run_id=bill_run_id):
            return BatchBilled(0, 0, 1, more=True)
        smaller = max(1, len(claimed) // BISECT)
        return await bill_due(
            run, bill_run_id=bill_run_id, buckets=buckets, limit=smaller, fence=fence
        )


@repeated
async def _bill_batch(
    run: Run,
    claimed: list[SubscriptionRow],
    *,
    bill_run_id: BillRunId,
    buckets: Buckets,
    limit: int,
    fence: Fence | None,
) -> BatchBilled:
    """Bill what can be claimed; ``claimed`` tells the caller what that was, should it fail."""
    now = run.now()
    async with run.transaction() as tx:
        due = await _claim(tx, buckets=buckets, now=now, limit=limit)
        claimed[:] = due
        if not due or await pausing.share_billing(tx):
            return BatchBilled(0, 0, 0, more=False)
        read = await read_due_in(tx, due, now=now)
        groups = group_due(read, now=now)
        await tell_late_in(tx, run, groups, now=now)
        renewed = [
            _Billed(
                group.decision,
                group,
                issues_of(run, group, group.decision, read.book, now=now),
            )
            for group in groups
            if isinstance(group.decision, Renewal)
        ]
        issues = await spend_credit_in(tx, [one.issues for one in renewed])
        refused = [(g.decision, g.rows) for g in groups if isinstance(g.decision, Rejected)]
        async with tx.pipeline(rows=len(due)):
            await open_series_in(tx, _numbered(issues))
            invoiced = await issue_invoices_in(tx, run, issues, now=now, bill_run_id=bill_run_id)
            await _advance(tx, run, renewed, now=now)
            ended = await _end(tx, run, groups, now=now)
            parked = await _park(tx, refused, now=now)
        if fence is not None:
            await fence(tx)
        await invoicing.count_run(tx, id=bill_run_id, invoiced=invoiced, ended=ended, parked=parked)
        assert invoiced + ended + parked == len(due), (invoiced, ended, parked, len(due))
    late = any(one.renewal.next_bill_at <= now for one in renewed)
    return BatchBilled(invoiced, ended, parked, more=late or len(due) == limit)


async def _claim(tx: Tx, *, buckets: Buckets, now: datetime, limit: int) -> list[SubscriptionRow]:
    return await subscriptions.claim_due(
        tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now,
        per_bucket=min(limit, PER_BUCKET_MAX), limit=limit,
    )  # fmt: skip


def issues_of(run: Run, group: DueGroup, renewal: Renewal, book: Book, *, now: datetime) -> Issues:
    """Give each subscription of a group its invoice and payment ids."""
    rows = group.rows
    buckets = [row.bucket for row in rows]
    columns: dict[str, Sequence[object]] = {
        "bucket": buckets,
        "invoice_id": run.new_ids(buckets),
        "payment_id": run.new_ids(buckets),
        "customer_id": [row.customer_id for row in rows],
        "customer_version": [row.customer_version for row in rows],
        "subscription_id": [row.id for row in rows],
        "payment_method_id": [row.payment_method_id for row in rows],
        "version": [row.version for row in rows],
    }
    for place, position in enumerate(renewal.bill.positions):
        columns[item_column(place)] = [items[position].no for items in group.items]
    return Issues(_claim_of(rows[0], renewal, book, now=now), Columns(columns))


def _claim_of(row: SubscriptionRow, renewal: Renewal, book: Book, *, now: datetime) -> Claim:
    priced = renewal.bill.priced
    starts_at = start_of(renewal.period.start, row.zone)
    ends_at = renewal.next_bill_at
    price = book.price(priced.lines[0].terms.price_id)
    grace = timedelta(days=price.grace_days)
    issued_on = local_date(now, price.seller_zone)
    return Claim(
        seller_code=row.seller_code,
        market_code=row.market_code,
        family=row.family,
        cause=InvoiceCause.RENEWAL,
        priced=priced,
        covers=covers_of(
            priced, starts_at=starts_at, ends_at=ends_at, until=min(ends_at, starts_at + grace)
        ),
        issued_on=issued_on,
        release_no=price.release_no,
        series_id=series_id(row.seller_code, "invoice", issued_on),
        collect_at=now,
    )


def _numbered(groups: Sequence[Issues]) -> Iterator[tuple[str, str, date]]:
    return ((g.claim.seller_code, "invoice", g.claim.issued_on) for g in groups)


async def _advance(tx: Tx, run: Run, renewed: Sequence[_Billed], *, now: datetime) -> None:
    """Begin the next periods; another rhythm and a trial that ends are facts for the log."""
    await subscriptions.advance(
        tx, Shaped([_next_period(one) for one in renewed if not one.renewal.takes_over])
    )
    taken = [
        (row, one.renewal) for one in renewed if one.renewal.takes_over for row in one.group.rows
    ]
    rows = {row.id: row for row in await record_takeovers_in(tx, run, taken, now=now)}
    moves = [
        Move(
            rows.get(row.id, row),
            SubscriptionEvent.TRIAL_CONVERTED,
            next_bill_at=one.renewal.next_bill_at,
            at=start_of(one.renewal.period.start, row.zone),
        )
        for one in renewed
        for row in one.group.rows
        if row.state == SubscriptionState.TRIALING
    ]
    await step_subscriptions_in(tx, run, moves, cause="billing", now=now)


def _next_period(one: _Billed) -> Shape:
    row = AdvanceRow(
        bucket=VARIES,
        id=VARIES,
        version=VARIES,
        billed_through=one.renewal.billed_through,
        next_bill_at=one.renewal.next_bill_at,
    )
    return Shape(row, ("bucket", "subscription_id", "version"), one.issues.ids)


async def _end(tx: Tx, run: Run, groups: Sequence[DueGroup], *, now: datetime) -> int:
    """End subscriptions at their boundary, not when a late worker noticed."""
    moves = [
        Move(
            row,
            SubscriptionEvent.CANCELED,
            next_bill_at=None,
            ended_at=start_of(group.decision.on, row.zone),
        )
        for group in groups
        if isinstance(group.decision, End)
        for row in group.rows
    ]
    return await step_subscriptions_in(tx, run, moves, cause="billing", now=now)


async def _park(
    tx: Tx, refused: Sequence[tuple[Rejected, list[SubscriptionRow]]], *, now: datetime
) -> int:
    pairs = [(row, why) for why, rows in refused for row in rows]
    await subscriptions.park(tx, [ParkRow(row.bucket, row.id, why.code) for row, why in pairs])
    await invoicing.add_parked(
        tx,
        [
            ParkedRow(
                bucket=row.bucket,
                subscription_id=row.id,
                reason=why.code,
                detail=str(why),
                parked_at=now,
            )
            for row, why in pairs
        ],
    )
    return len(pairs)


async def _park_one(
    run: Run, poison: SubscriptionRow, refusal: Rejected, *, bill_run_id: BillRunId
) -> bool:
    """Park the one subscription whose writes PostgreSQL refuses; False if it moved meanwhile.

    Its lock went with the transaction that failed, so it is named and read again: what comes first
    in line now may be another one.
    """
    async with run.transaction() as tx:
        held = await subscriptions.lock_subscriptions(tx, buckets=[poison.bucket], ids=[poison.id])
        is_paused = bool(await pausing.share_billing(tx))
        due = [
            row
            for row in held
            if (row.version, row.parked) == (poison.version, None) and not is_paused
        ]
        parked = await _park(tx, [(refusal, due)], now=run.now())
        await invoicing.count_run(tx, id=bill_run_id, invoiced=0, ended=0, parked=parked)
    return parked == 1

"""Bill subscriptions whose next period is due, in batches."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple, assert_never

from ledgerline.base.calendar import Grid, local_date, start_of
from ledgerline.base.copying import VARIES, Columns, Shape, Shaped
from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import BillRunId, ItemId, PriceId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.entitlements.model import GRACE
from ledgerline.flows.issue_invoices import Claim, Issues, issue_invoices_in
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.read_terms import PriceBook, read_terms
from ledgerline.flows.spend_credit import spend_credit_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import AlreadyBilled, InvoiceCause
from ledgerline.invoicing.rows import ParkedRow
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.pricing.rules.price import price
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    End,
    Renew,
    SubscriptionEvent,
    SubscriptionState,
    Wait,
    grid_of,
)
from ledgerline.subscriptions.rows import AdvanceRow, ParkRow, SubscriptionRow, TermsRow
from ledgerline.subscriptions.rules.renewal import at_period_end

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
class Renewal:
    """What subscriptions with equal terms and period share; computed once a batch."""

    claim: Claim
    price_id: PriceId
    plan_code: str
    grid: Grid
    billed_through: date
    next_bill_at: datetime


@dataclass(slots=True)
class _Batch:
    """Due subscriptions for which the same is decided."""

    decision: Renewal | End | Rejected
    rows: list[SubscriptionRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Billed:
    """Subscriptions that renew alike, and the invoices they get."""

    renewal: Renewal
    rows: list[SubscriptionRow]
    ids: Columns


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
    A subscription that cannot be billed is parked with its reason; the rest of the batch commits.
    """
    claimed: list[SubscriptionRow] = []
    try:
        return await _bill_batch(
            run, claimed, bill_run_id=bill_run_id, buckets=buckets, limit=limit, fence=fence
        )
    except AlreadyBilled as refusal:
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
        if not due:
            return BatchBilled(0, 0, 0, more=False)
        book = await read_terms(
            tx,
            price_ids=[row.pending_price_id or row.price_id for row in due],
            coupon_codes=[row.coupon_code for row in due],
        )
        batches = _decide(due, book, now=now)
        renewed = [
            _bill(run, batch.decision, batch.rows)
            for batch in batches
            if isinstance(batch.decision, Renewal)
        ]
        groups = [Issues(one.renewal.claim, one.ids) for one in renewed]
        groups = await spend_credit_in(tx, groups)
        refused = [(b.decision, b.rows) for b in batches if isinstance(b.decision, Rejected)]
        async with tx.pipeline(rows=len(due)):
            await open_series_in(tx, _numbered(groups))
            invoiced = await issue_invoices_in(tx, run, groups, now=now, bill_run_id=bill_run_id)
            await _advance(tx, run, renewed, now=now)
            ended = await _end(tx, run, batches, now=now)
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


def _decide(due: Sequence[SubscriptionRow], book: PriceBook, *, now: datetime) -> list[_Batch]:
    """Decide once for all subscriptions that agree in everything the decision depends on."""
    batches: dict[tuple[object, ...], _Batch] = {}
    for row in due:
        key = (
            row.price_id.int, row.billed_through, row.zone, row.grid_origin, row.grid_day,
            row.quantity, row.pending_price_id, row.coupon_code, row.coupon_periods_left,
            row.ends_on,
        )  # fmt: skip
        batch = batches.get(key)
        if batch is None:
            batch = batches[key] = _Batch(decide_one(row, book, now=now))
        batch.rows.append(row)
    return list(batches.values())


def decide_one(row: SubscriptionRow, book: PriceBook, *, now: datetime) -> Renewal | End | Rejected:
    """Decide what becomes of one due subscription; purely, so a preview asks the same rule."""
    grid = grid_of(row.grid_origin, row.grid_day, row.cadence_count, row.cadence_unit)
    try:
        decision = at_period_end(
            grid, billed_through=row.billed_through, ends_on=row.ends_on, zone=row.zone, now=now
        )
        match decision:
            case Renew():
                return _renewal(row, book, decision, now=now)
            case End():
                return decision
            case Wait():
                raise AssertionError((row.id, "claimed before it was due"))
            case _:
                assert_never(decision)
    except Rejected as refusal:
        return refusal


def _renewal(row: SubscriptionRow, book: PriceBook, decision: Renew, *, now: datetime) -> Renewal:
    price_id = row.pending_price_id or row.price_id
    priced = book.price(price_id)
    grid, period = decision.grid, decision.period
    if (priced.cadence_count, priced.cadence_unit) != (row.cadence_count, row.cadence_unit):
        start = row.billed_through
        grid = grid_of(start, start.day, priced.cadence_count, priced.cadence_unit)
        period = grid.period(0)
    coupon = row.coupon_code if row.coupon_periods_left != 0 else None
    terms = book.terms(price_id, quantity=row.quantity, coupon_code=coupon, on=period.start)
    starts_at, ends_at = start_of(period.start, row.zone), start_of(period.end, row.zone)
    issued_on = local_date(now, priced.seller_zone)
    claim = Claim(
        seller_code=row.seller_code,
        market_code=row.market_code,
        family=row.family,
        cause=InvoiceCause.RENEWAL,
        line_kind="recurring",
        line=price(terms, period=period, grid=period),
        starts_at=starts_at,
        ends_at=ends_at,
        cover_until=min(ends_at, starts_at + GRACE),
        issued_on=issued_on,
        series_id=series_id(row.seller_code, "invoice", issued_on),
        collect_at=now,
    )
    return Renewal(
        claim=claim,
        price_id=price_id,
        plan_code=priced.plan_code,
        grid=grid,
        billed_through=period.end,
        next_bill_at=ends_at,
    )


def _bill(run: Run, renewal: Renewal, rows: list[SubscriptionRow]) -> _Billed:
    """Give each subscription its invoice and payment ids; a new plan begins a new item."""
    buckets = [row.bucket for row in rows]
    item_ids = [row.item_id for row in rows]
    if rows[0].pending_price_id is not None:
        item_ids = [ItemId(one) for one in run.new_ids(buckets)]
    ids = Columns(
        {
            "bucket": buckets,
            "invoice_id": run.new_ids(buckets),
            "payment_id": run.new_ids(buckets),
            "customer_id": [row.customer_id for row in rows],
            "customer_version": [row.customer_version for row in rows],
            "subscription_id": [row.id for row in rows],
            "item_id": item_ids,
            "payment_method_id": [row.payment_method_id for row in rows],
            "version": [row.version for row in rows],
        }
    )
    return _Billed(renewal, rows, ids)


def _numbered(groups: Sequence[Issues]) -> Iterator[tuple[str, str, date]]:
    """Say of which series a batch needs numbers: an invoice of nothing has none."""
    for group in groups:
        if group.claim.series_id is not None:
            yield group.claim.seller_code, "invoice", group.claim.issued_on


async def _advance(tx: Tx, run: Run, renewed: Sequence[_Billed], *, now: datetime) -> None:
    same = [one for one in renewed if one.rows[0].pending_price_id is None]
    switched = [one for one in renewed if one.rows[0].pending_price_id is not None]
    await subscriptions.advance(tx, Shaped([_next_period(one) for one in same]))
    await subscriptions.set_terms(tx, [row for one in switched for row in _new_terms(one)])
    moves = [
        Move(
            row,
            SubscriptionEvent.TRIAL_CONVERTED,
            next_bill_at=one.renewal.next_bill_at,
            at=one.renewal.claim.starts_at,
        )
        for one in renewed
        for row in one.rows
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
        coupon_periods_left=_coupon_left(one.rows[0]),
    )
    return Shape(row, ("bucket", "subscription_id", "version"), one.ids)


def _coupon_left(row: SubscriptionRow) -> int | None:
    """Count the billed period; None is for ever."""
    left = row.coupon_periods_left
    return left and left - 1


def _new_terms(one: _Billed) -> list[TermsRow]:
    renewal = one.renewal
    grid = renewal.grid
    return [
        TermsRow(
            bucket=row.bucket,
            id=row.id,
            version=row.version,
            item_id=item_id,
            plan_code=renewal.plan_code,
            price_id=renewal.price_id,
            grid_origin=grid.origin,
            grid_day=grid.day,
            cadence_count=grid.cadence.count,
            cadence_unit=grid.cadence.unit,
            billed_through=renewal.billed_through,
            next_bill_at=renewal.next_bill_at,
            coupon_periods_left=_coupon_left(row),
            log_seq=row.log_seq,
            event_seq=row.event_seq,
        )
        for row, item_id in zip(one.rows, one.ids["item_id"], strict=True)
    ]


async def _end(tx: Tx, run: Run, batches: Sequence[_Batch], *, now: datetime) -> int:
    """End subscriptions at their boundary, not when a late worker noticed."""
    moves = [
        Move(
            row,
            SubscriptionEvent.CANCELED,
            next_bill_at=None,
            ended_at=start_of(batch.decision.on, row.zone),
        )
        for batch in batches
        if isinstance(batch.decision, End)
        for row in batch.rows
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
        due = [row for row in held if (row.version, row.parked) == (poison.version, None)]
        parked = await _park(tx, [(refusal, due)], now=run.now())
        await invoicing.count_run(tx, id=bill_run_id, invoiced=0, ended=0, parked=parked)
    return parked == 1

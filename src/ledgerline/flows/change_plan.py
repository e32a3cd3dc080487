"""Change the plan of a subscription, now with proration or at the end of its period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base import canonical
from ledgerline.base.calendar import Grid, Period, local_date, start_of
from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    CreditNoteId,
    InvoiceId,
    ItemId,
    PaymentId,
    SubscriptionId,
    bucket_of,
)
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import PlanNotSold, PlanStatus, PriceMissing, UnknownPlan
from ledgerline.catalog.rows import PriceRow
from ledgerline.entitlements.model import GRACE
from ledgerline.flows.cancel_subscription import (
    lock_changeable_in,
    lock_invoices_of_in,
    reserved_in,
)
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.credit_lines import Crediting, billed, credit_lines_in
from ledgerline.flows.end_covers import end_covers_in
from ledgerline.flows.issue_invoices import Claim, IssueIds, Issues, issue_invoices_in, one_issue
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.read_terms import read_offered_in, read_terms
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.spend_credit import spend_credit_in
from ledgerline.invoicing.model import CreditReason, InvoiceCause, InvoiceState
from ledgerline.invoicing.rows import BilledLineRow, InvoiceRow
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.outbox.model import EventKind
from ledgerline.pricing.model import LineCredit, PricedLine
from ledgerline.pricing.rules.credit import unused
from ledgerline.pricing.rules.price import price
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    ChangeRefused,
    LogKind,
    NothingToChange,
    SettleFirst,
    SubscriptionState,
    Timing,
    grid_of,
)
from ledgerline.subscriptions.rows import LogRow, ScheduleRow, SubscriptionRow, TermsRow


@dataclass(frozen=True, slots=True)
class Change:
    """The plan a subscription moves to, and when."""

    subscription_id: SubscriptionId
    plan_code: str
    timing: Timing


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a change does: what is credited, what is charged, and what happens next.

    Empty credits and no charge mean that nothing is to be paid now: the new terms begin at
    ``effective``. ``credits`` pairs each billed line with what is given back of it.
    ``coupon_left`` is how many periods a coupon reduces after the charge, None for ever.
    """

    row: SubscriptionRow
    price: PriceRow
    grid: Grid
    effective: date
    credits: tuple[Crediting, ...]
    charge: PricedLine | None
    coupon_left: int | None

    @property
    def credited_minor(self) -> int:
        """What is given back, with tax."""
        return sum(one.credit.gross_minor for one in self.credits)

    @property
    def charged_minor(self) -> int:
        """What is charged, with tax."""
        return self.charge.gross_minor if self.charge else 0


@repeated
async def change_plan(run: Run, change: Change, *, command: Command | None = None) -> None:
    """Change the plan; a repeat with the same ``command`` changes nothing.

    ``NOW``: the unused days of the old plan are credited, the days that remain are charged at the
    new price (another cadence begins a new grid today), the customer's credit pays first and the
    rest is collected at once. ``PERIOD_END``: the next renewal bills the new plan. The date of the
    change belongs to the new plan. Raises what ``propose_in`` raises.
    """
    now = run.now()
    bucket = bucket_of(change.subscription_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, run, bucket=bucket, command=command, subject_id=change.subscription_id
            )
            if held is not None:
                return
        proposal = await propose_in(tx, run, change, now=now)
        if change.timing is Timing.PERIOD_END:
            await _schedule(tx, run, proposal, now=now)
        else:
            await _change_now(tx, run, proposal, now=now)


async def preview_change(run: Run, change: Change) -> Proposal:
    """Compute what ``change_plan`` would do and write nothing: the same rules on the same rows."""
    async with run.transaction() as tx:
        return await propose_in(tx, run, change, now=run.now())


async def propose_in(tx: Tx, run: Run, change: Change, *, now: datetime) -> Proposal:
    """Lock the subscription and compute the change.

    Raises ``SubscriptionNotFound``, ``ChangeRefused``, ``SettleFirst``, ``NothingToChange``,
    ``UnknownPlan``, ``PlanNotSold``, ``NotSoldYet``, ``PriceMissing``, ``TaxRateMissing`` and
    ``UnknownCoupon``.
    """
    row = await lock_changeable_in(tx, change.subscription_id)
    if row.state == SubscriptionState.PAST_DUE:
        raise SettleFirst("an invoice of this subscription is unpaid")
    if row.ends_on is not None:
        raise ChangeRefused("the subscription is about to end", ends_on=row.ends_on.isoformat())
    if row.plan_code == change.plan_code and row.pending_plan_code is None:
        raise NothingToChange("the subscription has this plan already", plan=change.plan_code)
    today = local_date(now, row.zone)
    priced = await _price(tx, row, change.plan_code, today=today)
    grid, effective = _grid(row, priced, change.timing, today=today)
    if change.timing is Timing.PERIOD_END or row.state == SubscriptionState.TRIALING:
        return Proposal(
            row=row,
            price=priced,
            grid=grid,
            effective=row.billed_through,
            credits=(),
            charge=None,
            coupon_left=row.coupon_periods_left,
        )
    if row.billed_through <= today:
        raise ChangeRefused("the period that has begun is not billed yet: try again shortly")
    billed_lines = await lock_invoices_of_in(tx, row, after=today)
    given_back = await _credits(tx, run, row, billed_lines, cut=today)
    coupon = _coupon(row, priced, [line for _, line in billed_lines], today=today)
    book = await read_terms(tx, price_ids=[priced.id], coupon_codes=[coupon.code])
    terms = book.terms(priced.id, quantity=row.quantity, coupon_code=coupon.code, on=today)
    within = grid.period(grid.index_of(today))
    charge = price(terms, period=Period(effective, within.end), grid=within)
    return Proposal(
        row=row,
        price=priced,
        grid=grid,
        effective=effective,
        credits=tuple(given_back),
        charge=charge,
        coupon_left=coupon.left,
    )


class _Coupon(NamedTuple):
    """The coupon that reduces what is charged, if any, and the periods left afterwards."""

    code: str | None
    left: int | None


def _coupon(
    row: SubscriptionRow, priced: PriceRow, lines: Sequence[BilledLineRow], *, today: date
) -> _Coupon:
    """Say whether the coupon of the subscription reduces the new plan's first charge.

    Inside the period at hand it does when that period was reduced, which was counted when it was
    billed. Another cadence begins a period of its own, which counts like a renewal, unless it
    replaces one that begins today: of that nothing was used, and it was counted.
    """
    left = row.coupon_periods_left
    reduced = [line for line in lines if line.discount_minor]
    if _same_cadence(row, priced):
        return _Coupon(row.coupon_code if reduced else None, left)
    if any(line.period_start == today for line in reduced):
        return _Coupon(row.coupon_code, left)
    return _Coupon(row.coupon_code, left and left - 1) if left != 0 else _Coupon(None, 0)


def _same_cadence(row: SubscriptionRow, priced: PriceRow) -> bool:
    return (priced.cadence_count, priced.cadence_unit) == (row.cadence_count, row.cadence_unit)


async def _price(tx: Tx, row: SubscriptionRow, plan_code: str, *, today: date) -> PriceRow:
    offered = await read_offered_in(tx, plan_code=plan_code, market_code=row.market_code)
    current = next((one for one in offered.staying if one.valid_from <= today), None)
    if current is None:
        if await catalog.read_plan(tx, code=plan_code) is None:
            raise UnknownPlan("no plan has this code", plan=plan_code)
        raise PriceMissing("the plan has no price in this market", plan=plan_code)
    if current.status != PlanStatus.ON_SALE:
        raise PlanNotSold("the plan is closed to new sales", plan=plan_code)
    if current.family != row.family or current.currency != row.currency:
        raise ChangeRefused("the plan is of another family or currency", plan=plan_code)
    offered.refuse_unsold(on=today)
    return current


def _grid(
    row: SubscriptionRow, priced: PriceRow, timing: Timing, *, today: date
) -> tuple[Grid, date]:
    """Keep the boundaries of the same cadence; another one counts from the change.

    In a trial nothing is paid yet, so every change counts from the first paid day.
    """
    if _same_cadence(row, priced):
        grid = grid_of(row.grid_origin, row.grid_day, row.cadence_count, row.cadence_unit)
        return grid, today
    at_once = timing is Timing.NOW and row.state != SubscriptionState.TRIALING
    start = today if at_once else row.billed_through
    return grid_of(start, start.day, priced.cadence_count, priced.cadence_unit), start


async def _credits(
    tx: Tx,
    run: Run,
    row: SubscriptionRow,
    billed_lines: Sequence[tuple[InvoiceRow, BilledLineRow]],
    *,
    cut: date,
) -> list[Crediting]:
    creditings = []
    for invoice, line in billed_lines:
        if invoice.state == InvoiceState.OPEN:
            raise SettleFirst("an invoice of this subscription is unpaid", invoice=str(invoice.id))
        reserved = await reserved_in(tx, invoice)
        credit: LineCredit | None = unused(billed(line, reserved_minor=reserved), cut=cut)
        if credit is not None:
            creditings.append(
                Crediting(
                    note_id=CreditNoteId(run.new_id(row.bucket)),
                    invoice=invoice,
                    line=line,
                    credit=credit,
                    reason=CreditReason.PLAN_CHANGED,
                    open_minor=0,
                )
            )
    return creditings


async def _schedule(tx: Tx, run: Run, proposal: Proposal, *, now: datetime) -> None:
    row = proposal.row
    later = proposal.price
    await subscriptions.schedule(
        tx,
        ScheduleRow(
            bucket=row.bucket,
            id=row.id,
            version=row.version,
            ends_on=None,
            pending_plan_code=later.plan_code,
            pending_price_id=later.id,
        ),
    )
    await _tell(tx, run, proposal, effective=row.billed_through, item_id=row.item_id, now=now)


async def _change_now(tx: Tx, run: Run, proposal: Proposal, *, now: datetime) -> None:
    row, grid = proposal.row, proposal.grid
    if proposal.charge is None:  # in a trial nothing is billed yet: the trial goes on
        await _put_terms(tx, proposal, row.item_id, billed_through=row.billed_through)
        await _tell(tx, run, proposal, effective=proposal.effective, item_id=row.item_id, now=now)
        return
    item_id = ItemId(run.new_id(row.bucket))
    charge = proposal.charge
    await end_covers_in(tx, [row], now=now)
    await credit_lines_in(tx, run, proposal.credits, now=now)
    [issue] = await spend_credit_in(tx, [_issue(run, proposal, item_id, charge, now=now)])
    await open_series_in(tx, [(issue.claim.seller_code, "invoice", issue.claim.issued_on)])
    await issue_invoices_in(tx, run, [issue], now=now)
    await _put_terms(tx, proposal, item_id, billed_through=charge.period.end)
    await _tell(tx, run, proposal, effective=proposal.effective, item_id=item_id, now=now)
    assert grid.period(grid.index_of(proposal.effective)).end == charge.period.end, charge


def _issue(
    run: Run, proposal: Proposal, item_id: ItemId, charge: PricedLine, *, now: datetime
) -> Issues:
    row = proposal.row
    issued_on = local_date(now, proposal.price.seller_zone)
    ends_at = start_of(charge.period.end, row.zone)
    claim = Claim(
        seller_code=row.seller_code,
        market_code=row.market_code,
        family=row.family,
        cause=InvoiceCause.CHANGE,
        line_kind="recurring",
        line=charge,
        starts_at=now,
        ends_at=ends_at,
        cover_until=min(ends_at, now + GRACE),
        issued_on=issued_on,
        series_id=series_id(row.seller_code, "invoice", issued_on),
        collect_at=now,
    )
    return one_issue(
        claim,
        IssueIds(
            bucket=row.bucket,
            invoice_id=InvoiceId(run.new_id(row.bucket)),
            payment_id=PaymentId(run.new_id(row.bucket)),
            customer_id=row.customer_id,
            customer_version=row.customer_version,
            subscription_id=row.id,
            item_id=item_id,
            payment_method_id=row.payment_method_id,
        ),
    )


async def _put_terms(tx: Tx, proposal: Proposal, item_id: ItemId, *, billed_through: date) -> None:
    row, grid, priced = proposal.row, proposal.grid, proposal.price
    await subscriptions.set_terms(
        tx,
        [
            TermsRow(
                bucket=row.bucket,
                id=row.id,
                version=row.version,
                item_id=item_id,
                plan_code=priced.plan_code,
                price_id=priced.id,
                grid_origin=grid.origin,
                grid_day=grid.day,
                cadence_count=grid.cadence.count,
                cadence_unit=grid.cadence.unit,
                billed_through=billed_through,
                next_bill_at=start_of(billed_through, row.zone),
                coupon_periods_left=proposal.coupon_left,
                log_seq=row.log_seq + 1,
                event_seq=row.event_seq + 1,
            )
        ],
    )


async def _tell(
    tx: Tx, run: Run, proposal: Proposal, *, effective: date, item_id: ItemId, now: datetime
) -> None:
    row = proposal.row
    body = canonical.canonical(
        {
            "item": str(item_id),
            "plan": proposal.price.plan_code,
            "price": str(proposal.price.id),
            "credited": proposal.credited_minor,
            "charged": proposal.charged_minor,
        }
    ).decode()
    seq = row.log_seq + 1
    await subscriptions.append_log(
        tx,
        [
            LogRow(
                bucket=row.bucket,
                subscription_id=row.id,
                seq=seq,
                kind=LogKind.PLAN_CHANGED,
                effective=effective,
                entitled_at=start_of(effective, row.zone),
                recorded_at=now,
                actor="customer",
                command_key=f"change:{seq}",
                body=body,
            )
        ],
    )
    told = NewEvent(
        bucket=row.bucket,
        aggregate_id=row.id,
        seq=row.event_seq + 1,
        kind=EventKind.SUBSCRIPTION_PLAN_CHANGED,
        customer_id=row.customer_id,
        occurred_at=now,
        body={
            "from": row.plan_code,
            "to": proposal.price.plan_code,
            "effective_on": effective.isoformat(),
        },
    )
    await record_events_in(tx, run, [told])

"""Change the plan or the quantity of a subscription, now or at the end of its period."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from ledgerline.base.calendar import local_date, start_of
from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, InvoiceId, PaymentId, bucket_of
from ledgerline.base.log import logger
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.entitlements.model import GRACE
from ledgerline.flows.apply_change import CHANGED, freeze, promised_invoices
from ledgerline.flows.charge_payer import charge_payer
from ledgerline.flows.choose_accounts import Choices, read_choices_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.credit_lines import credit_lines_in, notes_of
from ledgerline.flows.end_covers import end_covers_in
from ledgerline.flows.find_owners import Belongs
from ledgerline.flows.issue_invoices import (
    Claim,
    Issues,
    covers_of,
    issue_invoices_in,
    one_issue,
)
from ledgerline.flows.lock_subscription import lock_subscription_in
from ledgerline.flows.open_attempt import Begun, first_of, open_attempt_in
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.read_charged import ChargedLines, read_charged_in
from ledgerline.flows.read_terms import read_sale_in
from ledgerline.flows.record_entry import (
    Amendment,
    History,
    read_history_in,
    record_entry_in,
)
from ledgerline.flows.spend_credit import spend_credit_in
from ledgerline.flows.withhold_refunds import withhold_refunds_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CreditReason, InvoiceCause, InvoiceState
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.ledger import store as ledger
from ledgerline.payments import store as payments
from ledgerline.payments.model import Psps, RefundCause
from ledgerline.payments.refusals import PaymentMethodNotFound
from ledgerline.payments.rows.payments import PaymentMethodRow
from ledgerline.payments.rules.accounts import require_chargeable
from ledgerline.rules.change import Change, Proposal, propose
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    ChangeInProgress,
    LogKind,
    SettleFirst,
    is_fee,
)
from ledgerline.subscriptions.rows import ReservedRow, SubscriptionRow

_log: Final = logger(__name__)


class Changed(StrEnum):
    """What became of a change.

    It happened or stands, nobody knows yet, its payment was declined, or it was given up before it
    was paid (what is taken for it all the same goes back).
    """

    DONE = "done"
    WAITS = "waits"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """What became of a change, and the invoice of its own that it had if it cost something.

    ``retry_after_seconds`` is when the provider wants to be asked again, where it said so.
    """

    changed: Changed
    invoice_id: InvoiceId | None = None
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change with the rows that it was decided on, and the customer's credit."""

    proposal: Proposal
    history: History
    charged: ChargedLines
    balance_minor: int

    @property
    def due_minor(self) -> int:
        """What is left to pay now."""
        return self.proposal.due_minor(self.balance_minor)


@dataclass(frozen=True, slots=True)
class _Begun:
    """The attempt that was committed, and the invoices that get something back if it succeeds."""

    begun: Begun
    promised: tuple[InvoiceId, ...]


@dataclass(frozen=True, slots=True)
class _Ids:
    invoice: InvoiceId
    payment: PaymentId
    attempt: AttemptId
    return_url: str | None


async def change_subscription(
    run: Run,
    psps: Psps,
    change: Change,
    *,
    command: Command | None = None,
    return_url: str | None = None,
) -> ChangeOutcome:
    """Change; a repeat with the same ``command`` changes nothing and says what became of it.

    Where something is left to pay after the credit, the change is frozen and happens when that is
    paid: what is given up is given back only then. Declined, nothing has happened. Otherwise it
    happens at once, or stands until the end of the period. With ``return_url`` its payer may be
    asked to act first and comes back there. Raises what ``propose`` raises,
    ``SubscriptionNotFound``, ``SubscriptionParked``, ``ChangeInProgress`` and
    ``PaymentMethodNotFound``.
    """
    bucket = bucket_of(change.subscription_id)
    drawn = run.new_ids([bucket] * 3)
    ids = _Ids(InvoiceId(drawn[0]), PaymentId(drawn[1]), AttemptId(drawn[2]), return_url)
    begun = await _begin(run, psps, change, ids, command=command)
    if not isinstance(begun, _Begun):
        return ChangeOutcome(Changed.DONE) if begun is None else await _became(run, begun)
    belongs = Belongs(ids.payment, ids.invoice, change.subscription_id, begun.promised)
    charged = await charge_payer(run, psps, begun.begun, belongs)
    if not charged.recorded:
        return ChangeOutcome(Changed.WAITS, ids.invoice)
    became = await _became(run, ids.invoice)
    return replace(became, retry_after_seconds=charged.retry_after_seconds)


@repeated
async def _became(run: Run, invoice_id: InvoiceId) -> ChangeOutcome:
    """Say what became of a change by the invoice that was to be its own; none means it was free."""
    bucket = bucket_of(invoice_id)
    async with run.transaction() as tx:
        for invoice in await invoicing.lock_invoices(tx, buckets=[bucket], ids=[invoice_id]):
            return ChangeOutcome(await _of_invoice(tx, invoice), invoice_id)
    return ChangeOutcome(Changed.DONE)


async def _of_invoice(tx: Tx, invoice: InvoiceRow) -> Changed:
    if invoice.state == InvoiceState.VOID:
        return Changed.DECLINED
    if invoice.state == InvoiceState.PAID:
        refunds = await payments.read_refunds_of_invoice(
            tx, bucket=invoice.bucket, invoice_id=invoice.id
        )
        late = any(one.cause == RefundCause.LATE_CHANGE for one in refunds)
        return Changed.WITHDRAWN if late else Changed.DONE
    waiting = await subscriptions.read_pending_changes(
        tx, buckets=[invoice.bucket], ids=[invoice.subscription_id]
    )
    waits = any(one.invoice_id == invoice.id for one in waiting)
    return Changed.WAITS if waits else Changed.WITHDRAWN


async def preview_change(run: Run, change: Change) -> Proposed:
    """Compute what ``change_subscription`` would do and write nothing: the same rule and rows."""
    async with run.transaction() as tx:
        return await propose_in(tx, change, now=run.now())


async def propose_in(tx: Tx, change: Change, *, now: datetime) -> Proposed:
    """Lock the subscription and decide the change."""
    row = await lock_subscription_in(tx, change.subscription_id)
    if await subscriptions.read_pending_changes(tx, buckets=[row.bucket], ids=[row.id]):
        raise ChangeInProgress("a change waits for its payment")
    today = local_date(now, row.zone)
    history = await read_history_in(tx, row)
    sale = await read_sale_in(
        tx,
        market_code=row.market_code,
        today=today,
        plan_codes=[] if change.plan_code is None else [change.plan_code],
        price_ids=[item.price_id for item in history.items],
        offer_codes=[offer.code for entry in history.log for offer in entry.delta.offers],
    )
    charged = await read_charged_in(tx, row, on=today)
    for unpaid in charged.beyond(today, state=InvoiceState.OPEN):
        raise SettleFirst("an invoice is unpaid", invoice=str(unpaid.invoice_id))
    paid = charged.beyond(today, state=InvoiceState.PAID)
    proposal = propose(row, history.log, paid, change, sale=sale, now=now)
    credit = await ledger.read_credit(tx, buckets=[row.bucket], customer_ids=[row.customer_id])
    balance = sum(
        one.balance_minor
        for one in credit
        if (one.seller_code, one.currency) == (row.seller_code, row.currency)
    )
    return Proposed(proposal, history, charged, balance)


@repeated
async def _begin(
    run: Run, psps: Psps, change: Change, ids: _Ids, *, command: Command | None
) -> _Begun | InvoiceId | None:
    """Do it, or freeze it and commit the attempt to send; or name the invoice a key stands for."""
    now = run.now()
    bucket = bucket_of(change.subscription_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=ids.invoice)
            if held is not None:
                assert held.subject_id is not None, held.key
                return InvoiceId(held.subject_id)
        proposed = await propose_in(tx, change, now=now)
        proposal = proposed.proposal
        if not proposal.bill.positions:
            await _happen(tx, run, proposed, None, now=now)
            return None
        days = await read_book_days(tx, now=now)
        issue = _issue(proposal, ids, days=days, now=now)
        if issue.due_minor > 0:
            [issue] = await spend_credit_in(tx, [issue])
        if issue.due_minor > 0:
            return await _freeze(tx, run, psps, proposed, issue=issue, ids=ids)
        await _happen(tx, run, proposed, issue, now=now)
        return None


def _issue(proposal: Proposal, ids: _Ids, *, days: BookDays, now: datetime) -> Issues:
    """Claim what is charged; what will be given back of the old pays a part, then the rest."""
    row = proposal.subscription
    assert proposal.period is not None, proposal.entry
    ends_at = start_of(proposal.period.end, row.zone)
    priced = proposal.bill.priced
    covers = covers_of(priced, starts_at=now, ends_at=ends_at, until=min(ends_at, now + GRACE))
    if proposal.entry.kind is LogKind.QUANTITY_CHANGED:
        covers = ()  # who has one more has the same service
    claim = Claim(
        seller_code=row.seller_code,
        market_code=row.market_code,
        family=row.family,
        cause=InvoiceCause.CHANGE,
        priced=priced,
        covers=covers,
        issued_on=days.of(row.seller_code),
        release_no=days.release_no,
        series_id=None,
        collect_at=None,
    )
    issue = one_issue(
        claim,
        proposal.bill,
        [item.no for item in proposal.opened],
        {
            "bucket": row.bucket,
            "invoice_id": ids.invoice,
            "payment_id": ids.payment,
            "customer_id": row.customer_id,
            "customer_version": row.customer_version,
            "subscription_id": row.id,
            "payment_method_id": row.payment_method_id,
        },
    )
    return replace(issue, promised_minor=min(proposal.credited_minor, priced.gross_minor))


async def _happen(
    tx: Tx, run: Run, proposed: Proposed, issue: Issues | None, *, now: datetime
) -> None:
    """Let the change take effect: nothing is left to pay."""
    proposal, row = proposed.proposal, proposed.proposal.subscription
    await end_replaced_in(tx, proposal, now=now)
    await withhold_refunds_in(tx, proposed.charged, proposal.withheld)
    notes = notes_of(
        run, list(proposed.charged.invoices.values()), proposal.credits, CreditReason.PLAN_CHANGED
    )
    await credit_lines_in(tx, run, notes, now=now)
    if issue is not None:
        [issue] = await spend_credit_in(tx, [replace(issue, promised_minor=0)])
        assert issue.settled, (issue.due_minor, proposal.credited_minor)
        on = issue.claim.issued_on
        if issue.claim.priced.gross_minor > 0:
            await open_series_in(tx, [(row.seller_code, "invoice", on)])
            key = series_id(row.seller_code, "invoice", on)
            issue = replace(issue, claim=replace(issue.claim, series_id=key))
        await issue_invoices_in(tx, run, [issue], now=now)
    await record_entry_in(
        tx,
        run,
        row,
        Amendment(
            entry=proposal.entry,
            after=proposal.after,
            held=proposed.history.items,
            event=CHANGED[proposal.entry.kind],
        ),
        now=now,
    )


async def end_replaced_in(tx: Tx, proposal: Proposal, *, now: datetime) -> None:
    """End the cover of the components that something else replaces, or that go."""
    if not proposal.bill.positions or proposal.entry.kind is LogKind.QUANTITY_CHANGED:
        return
    delta = proposal.entry.delta
    replaced = {step.component for step in delta.steps if not is_fee(step.component)}
    await end_covers_in(
        tx, [proposal.subscription], now=now, components=sorted(replaced | set(delta.removed))
    )


async def _freeze(
    tx: Tx, run: Run, psps: Psps, proposed: Proposed, *, issue: Issues, ids: _Ids
) -> _Begun:
    """Keep the change until it is paid: its invoice, what it will do, and the attempt to send."""
    now = run.now()
    proposal, row = proposed.proposal, proposed.proposal.subscription
    method, choices = await _method(tx, psps, row, now=now)
    covers = issue.claim.covers
    issue = replace(issue, claim=replace(issue.claim, covers=()))
    numbers = [item.no for item in proposal.after.items]
    pending = freeze(proposal, ids.invoice, covers, now=now)
    async with tx.pipeline():
        await issue_invoices_in(tx, run, [issue], now=now)
        await subscriptions.add_pending_changes(tx, [pending])
        await subscriptions.reserve(
            tx,
            [
                ReservedRow(
                    bucket=row.bucket,
                    id=row.id,
                    version=row.version,
                    item_seq=max([row.item_seq, *numbers]),
                )
            ],
        )
        first = first_of(
            issue, method.id, choices, attempt_id=ids.attempt, return_url=ids.return_url
        )
        opened = await open_attempt_in(tx, run, psps, first, now=now)
    return _Begun(opened, promised_invoices(pending))


async def _method(
    tx: Tx, psps: Psps, row: SubscriptionRow, *, now: datetime
) -> tuple[PaymentMethodRow, Choices]:
    if row.payment_method_id is not None:
        buckets, ids = [row.bucket], [row.payment_method_id]
        async with tx.pipeline():
            methods = await payments.read_payment_methods(tx, buckets=buckets, ids=ids)
            choices = await read_choices_in(tx, psps, buckets=buckets, ids=ids, now=now)
        for method in methods:
            require_chargeable(choices.instruments)
            return method, choices
    raise PaymentMethodNotFound("the subscription has no payment method", id=str(row.id))

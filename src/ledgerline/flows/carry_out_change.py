"""Carry out what is proposed for a subscription: at once, or when it is paid."""

from dataclasses import dataclass, replace
from datetime import datetime

from ledgerline.base.calendar import start_of
from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, InvoiceId, PaymentId, SubscriptionId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.entitlements.model import GRACE
from ledgerline.flows.apply_change import CHANGED, freeze, promised_invoices
from ledgerline.flows.choose_accounts import Choices, read_choices_in
from ledgerline.flows.credit_lines import credit_lines_in, notes_of
from ledgerline.flows.end_covers import end_covers_in
from ledgerline.flows.issue_invoices import (
    Claim,
    Issues,
    covers_of,
    issue_invoices_in,
    one_issue,
)
from ledgerline.flows.offset_credit import offset_notes_in
from ledgerline.flows.open_attempt import Begun, first_of, open_attempt_in
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.read_charged import ChargedLines
from ledgerline.flows.record_entry import (
    Amendment,
    History,
    record_entry_in,
)
from ledgerline.flows.spend_credit import spend_credit_in
from ledgerline.flows.withhold_refunds import withhold_refunds_in
from ledgerline.invoicing.model import CreditReason, InvoiceCause
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.ledger import store as ledger
from ledgerline.payments import routes
from ledgerline.payments import store as payments
from ledgerline.payments.model import Psps
from ledgerline.payments.refusals import PaymentMethodNotFound
from ledgerline.payments.rows.payments import PaymentMethodRow
from ledgerline.payments.rules.accounts import require_chargeable, require_timely
from ledgerline.rules.change import Proposal
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    LogKind,
    is_fee,
)
from ledgerline.subscriptions.rows import ReservedRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change with the rows that it was decided on, and the customer's credit.

    ``before_minor`` is what the invoices of the paid lines gave back before.
    """

    proposal: Proposal
    history: History
    charged: ChargedLines
    balance_minor: int
    actor: str = "customer"
    before_minor: int = 0

    @property
    def due_minor(self) -> int:
        """What is left to pay now."""
        return self.proposal.due_minor(self.balance_minor)

    @property
    def given_back(self) -> Money:
        """What of the old is worth more than the new costs: what a person answers for.

        Where that is something, with what was given back before.
        """
        minor = max(0, self.proposal.credited_minor - self.proposal.charged_minor)
        minor += self.before_minor if minor else 0
        return Money(minor, Currency(self.proposal.subscription.currency))


@dataclass(frozen=True, slots=True)
class Frozen:
    """The attempt that was committed, and the invoices that get something back if it succeeds."""

    begun: Begun
    promised: tuple[InvoiceId, ...]


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids that a change gets if it costs something, and where its payer comes back to."""

    invoice: InvoiceId
    payment: PaymentId
    attempt: AttemptId
    return_url: str | None


def new_ids(run: Run, subscription_id: SubscriptionId, *, return_url: str | None) -> Ids:
    """Draw the ids of what a change may be charged by."""
    drawn = run.new_ids([bucket_of(subscription_id)] * 3)
    return Ids(InvoiceId(drawn[0]), PaymentId(drawn[1]), AttemptId(drawn[2]), return_url)


async def balance_in(tx: Tx, row: SubscriptionRow) -> int:
    """Return the credit that a customer has where a subscription is charged."""
    credit = await ledger.read_credit(tx, buckets=[row.bucket], customer_ids=[row.customer_id])
    return sum(
        one.balance_minor
        for one in credit
        if (one.seller_code, one.currency) == (row.seller_code, row.currency)
    )


async def require_timely_in(tx: Tx, proposed: Proposed) -> None:
    """Refuse in a preview what ``carry_out_change_in`` would, for how it would be paid."""
    row = proposed.proposal.subscription
    if proposed.due_minor > 0 and row.payment_method_id is not None:
        found = await routes.read_instruments(tx, buckets=[row.bucket], ids=[row.payment_method_id])
        require_timely(found)


async def carry_out_change_in(
    tx: Tx, run: Run, psps: Psps, proposed: Proposed, *, ids: Ids, now: datetime
) -> Frozen | None:
    """Let a change happen, or freeze it until it is paid and commit the attempt to send.

    Called by the flows that change or resume a subscription, under its lock. Raises
    ``PaymentMethodNotFound``, and ``DebitTakesDays`` before anything is announced or sent.
    """
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


async def happen_for_nothing_in(
    tx: Tx, run: Run, proposed: Proposed, ids: Ids, *, now: datetime
) -> None:
    """Let a change happen at once whose lines are all zero; nobody is charged."""
    assert proposed.proposal.charged_minor == 0, proposed.proposal.entry
    days = await read_book_days(tx, now=now)
    await _happen(tx, run, proposed, _issue(proposed.proposal, ids, days=days, now=now), now=now)


def _issue(proposal: Proposal, ids: Ids, *, days: BookDays, now: datetime) -> Issues:
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
    await offset_notes_in(tx, notes, now=now)
    await record_entry_in(
        tx,
        run,
        row,
        Amendment(
            entry=proposal.entry,
            after=proposal.after,
            held=proposed.history.items,
            event=CHANGED[proposal.entry.kind],
            actor=proposed.actor,
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
    tx: Tx, run: Run, psps: Psps, proposed: Proposed, *, issue: Issues, ids: Ids
) -> Frozen:
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
    return Frozen(opened, promised_invoices(pending))


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
            require_timely(choices.instruments)
            return method, choices
    raise PaymentMethodNotFound("the subscription has no payment method", id=str(row.id))

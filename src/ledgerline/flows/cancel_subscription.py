"""Cancel a subscription, now or at the end of its period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import InvoiceId, SubscriptionId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.abandon_invoices import abandon_invoices_in, propose_unwinding_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.credit_lines import credit_lines_in, notes_of
from ledgerline.flows.end_challenges import end_challenges_in, lock_asked_in
from ledgerline.flows.end_covers import end_covers_in
from ledgerline.flows.lock_subscription import EXISTING, lock_subscription_in
from ledgerline.flows.offset_credit import offset_notes_in
from ledgerline.flows.read_charged import ChargedLines, given_before_in, read_charged_in
from ledgerline.flows.record_entry import Amendment, read_history_in, record_entry_in
from ledgerline.flows.refuse_above_limit import refuse_above_limit_in
from ledgerline.flows.return_payments import Returned, plan_returns_in, return_payments_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.flows.withdraw_change import withdraw_change_in
from ledgerline.flows.withdraw_payments import cancel_payments_in, live_payments_in
from ledgerline.flows.withhold_refunds import withhold_refunds_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CreditReason, InvoiceState
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.outbox.model import EventKind
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.rules.cancellation import Cancellation, given_from, propose
from ledgerline.rules.timeline import rebuild
from ledgerline.rules.unwinding import Unwinding
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import GivingBack, SubscriptionEvent, Timing
from ledgerline.subscriptions.rows import PendingChangeRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Canceling:
    """What a cancellation does: to paid lines, and to each invoice that is given up.

    ``returns`` is what goes back through payments; the rest of what is credited stays credit of the
    customer. ``live`` are the locked payments of what is given up, ``withdrawn`` the locked invoice
    of a change that waits for its payment, if one does. ``before_minor`` is what the invoices of
    these days gave back before.
    """

    cancellation: Cancellation
    charged: ChargedLines
    given_up: tuple[tuple[InvoiceRow, Unwinding], ...]
    returns: tuple[Returned, ...] = ()
    live: tuple[PaymentRow, ...] = ()
    withdrawn: tuple[InvoiceRow, ...] = ()
    before_minor: int = 0

    @property
    def withdraws(self) -> InvoiceId | None:
        """The invoice of the change that is withdrawn."""
        return self.withdrawn[0].id if self.withdrawn else None

    @property
    def credited_minor(self) -> int:
        """What becomes credit of the customer, with tax."""
        returned = sum(one.returned_minor for _, one in self.given_up)
        return self.cancellation.credited_minor + returned

    @property
    def given_back(self) -> Money:
        """The same, if it is anything with what went back before: what a person answers for."""
        minor = self.credited_minor
        minor += self.before_minor if minor else 0
        return Money(minor, Currency(self.cancellation.subscription.currency))

    @property
    def stays_minor(self) -> int:
        """What of it stays credit."""
        return self.credited_minor - sum(one.amount_minor for one in self.returns)


@repeated
async def cancel_subscription(
    run: Run,
    subscription_id: SubscriptionId,
    *,
    timing: Timing,
    back: GivingBack = GivingBack.NONE,
    command: Command | None = None,
) -> None:
    """Cancel; a repeat with the same ``command`` changes nothing.

    ``NOW`` ends service at once, gives back the unused days of what is paid and gives up what is
    not. ``PERIOD_END`` lets the paid period run out. Either withdraws a change that waits for its
    payment, and asks its payer nothing any more. What is given back becomes credit; with ``back``
    it goes out again at once, through the payments it came from: refunds that the resolver sends,
    and credit again if one is refused.
    Raises ``SubscriptionNotFound``, ``ChangeRefused``, ``NothingToChange``, ``PaymentInProgress``,
    ``RefundNeedsEndNow``, ``WithdrawalOver`` and, for a person whose role may not give as much
    back, ``AboveLimit``.
    """
    now = run.now()
    bucket = bucket_of(subscription_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, bucket=bucket, command=command, subject_id=subscription_id
            )
            if held is not None:
                return
        row = await lock_subscription_in(tx, subscription_id, states=EXISTING)
        waiting = await subscriptions.read_pending_changes(tx, buckets=[bucket], ids=[row.id])
        row = await withdraw_change_in(tx, run, row, cause="canceled", now=now)
        canceling = await _propose(tx, row, waiting, timing=timing, now=now, back=back)
        await refuse_above_limit_in(tx, command, [canceling.given_back], is_chosen=False)
        asked = await lock_asked_in(tx, canceling.withdrawn)
        if canceling.cancellation.entry is not None:
            await _schedule(tx, run, canceling.cancellation, now=now)
        else:
            await _end_now(tx, run, canceling, back=back, now=now)
        await end_challenges_in(tx, run, row, asked, now=now)


async def preview_cancel(
    run: Run,
    subscription_id: SubscriptionId,
    *,
    timing: Timing,
    back: GivingBack = GivingBack.NONE,
) -> Canceling:
    """Compute what ``cancel_subscription`` would do: the same rules on the same rows."""
    async with run.transaction() as tx:
        row = await lock_subscription_in(tx, subscription_id, states=EXISTING)
        waiting = await subscriptions.read_pending_changes(tx, buckets=[row.bucket], ids=[row.id])
        return await _propose(tx, row, waiting, timing=timing, now=run.now(), back=back)


async def _propose(
    tx: Tx,
    row: SubscriptionRow,
    waiting: Sequence[PendingChangeRow],
    *,
    timing: Timing,
    now: datetime,
    back: GivingBack,
) -> Canceling:
    cut = given_from(row, timing=timing, now=now, back=back)
    charged = await read_charged_in(tx, row, on=local_date(now, row.zone))
    withdrawn = tuple(await _lock_invoices(tx, waiting))  # before payments, as everywhere
    if timing is Timing.PERIOD_END:
        proposed = propose(row, (), timing=timing, now=now)
        return Canceling(proposed, charged, (), withdrawn=withdrawn)
    paid = charged.beyond(cut, state=InvoiceState.PAID)
    cancellation = propose(row, paid, timing=timing, now=now, back=back)
    unpaid = [one for one in charged.invoices.values() if one.state == InvoiceState.OPEN]
    live = await live_payments_in(tx, unpaid)
    given_up = await propose_unwinding_in(tx, unpaid, charged, row, now=now)
    returns: Sequence[Returned] = ()
    if back is not GivingBack.NONE:
        whole = back is GivingBack.FULL
        returns = await plan_returns_in(tx, charged, cancellation.credits, whole=whole)
    part_paid = [each for one, what in given_up if what.returned_minor for each in charged.of(one)]
    return Canceling(
        cancellation, charged, tuple(given_up), returns=tuple(returns), live=tuple(live),
        withdrawn=withdrawn, before_minor=await given_before_in(tx, charged, [*paid, *part_paid]),
    )  # fmt: skip


async def _lock_invoices(tx: Tx, waiting: Sequence[PendingChangeRow]) -> list[InvoiceRow]:
    if not waiting:
        return []
    return await invoicing.lock_invoices(
        tx, buckets=[one.bucket for one in waiting], ids=[one.invoice_id for one in waiting]
    )


async def _schedule(tx: Tx, run: Run, cancellation: Cancellation, *, now: datetime) -> None:
    row, entry = cancellation.subscription, cancellation.entry
    assert entry is not None, cancellation
    history = await read_history_in(tx, row)
    after = rebuild(
        row.id,
        [*history.log, entry],
        billed_until=row.billed_through,
        on=local_date(now, row.zone),
        zone=row.zone,
    )
    await record_entry_in(
        tx,
        run,
        row,
        Amendment(
            entry=entry,
            after=after,
            held=history.items,
            event=EventKind.SUBSCRIPTION_CANCEL_SCHEDULED,
        ),
        now=now,
    )


async def _end_now(
    tx: Tx, run: Run, canceling: Canceling, *, back: GivingBack, now: datetime
) -> None:
    cancellation = canceling.cancellation
    row = cancellation.subscription
    unpaid = [invoice for invoice, _ in canceling.given_up]
    await cancel_payments_in(tx, run, canceling.live, now=now)
    await withhold_refunds_in(tx, canceling.charged, cancellation.withheld)
    await abandon_invoices_in(
        tx,
        run,
        [(invoice, row) for invoice in unpaid],
        now=now,
        reason=CreditReason.CANCELED,
        ends=False,
    )
    move = Move(
        row, SubscriptionEvent.CANCELED, next_bill_at=None, ended_at=now,
        withdraws=back is GivingBack.FULL,
    )  # fmt: skip
    await step_subscriptions_in(tx, run, [move], cause="customer", now=now)
    await end_covers_in(tx, [row], now=now)
    notes = notes_of(
        run,
        list(canceling.charged.invoices.values()),
        cancellation.credits,
        CreditReason.CANCELED,
    )
    lots = await credit_lines_in(tx, run, notes, now=now)
    await return_payments_in(tx, run, canceling.returns, (notes, lots), now=now)
    await offset_notes_in(tx, notes, now=now)

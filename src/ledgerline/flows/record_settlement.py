"""Record settled attempts: everything a proven payment or refusal changes, as sets."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.calendar import start_of
from ledgerline.base.db import Tx
from ledgerline.base.ids import ReceiptId, SubscriptionId
from ledgerline.base.run import Run
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.rows import ProvenRow
from ledgerline.flows.apply_change import PaidFor, apply_change_in
from ledgerline.flows.bear_own_failures import (
    OwnFailure,
    bear_own_failures_in,
    forgive_in,
    open_account_exceptions_in,
)
from ledgerline.flows.complete_purchases import complete_purchases_in
from ledgerline.flows.end_collection import Unpaid, end_collection_in
from ledgerline.flows.keep_cards import Charge, keep_cards_in
from ledgerline.flows.keep_plans import Planned, keep_plans_in
from ledgerline.flows.number_settled import number_settled_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import AllocationSource, InvoiceCause, InvoiceEvent, InvoiceState
from ledgerline.invoicing.rows.documents import AllocationRow, InvoiceRow, InvoiceStepRow
from ledgerline.invoicing.rules.kind import was_served
from ledgerline.invoicing.rules.lifecycle import LIFECYCLE as INVOICE
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rows import TransferRow
from ledgerline.ledger.rules.postings import post
from ledgerline.outbox.model import EventKind
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    AttemptEvent,
    AttemptState,
    DeclineCategory,
    PaymentEvent,
    PaymentState,
    Reading,
)
from ledgerline.payments.rows.attempts import AttemptRow, EndRow, EvidenceRow
from ledgerline.payments.rows.payments import PaymentRow, PaymentStepRow
from ledgerline.payments.rows.plans import PlanRow
from ledgerline.payments.rules.lifecycle import ATTEMPT, PAYMENT
from ledgerline.payments.rules.retry import AwaitPayer, GiveUp, Postpone, Retry
from ledgerline.payments.rules.settlement import Elsewhere, Fail, Succeed
from ledgerline.receipts import store as receipts
from ledgerline.receipts.model import ReceiptKind
from ledgerline.receipts.rows import ReceiptRow
from ledgerline.subscriptions.model import SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rows import SubscriptionRow

EVENTS: Final = {
    AttemptState.SUCCEEDED: AttemptEvent.CONFIRMED,
    AttemptState.DECLINED: AttemptEvent.DECLINED,
    AttemptState.NOT_EXECUTED: AttemptEvent.PROVEN_ABSENT,
}
_FAILURES: Final[Mapping[type, tuple[PaymentEvent, EventKind]]] = {
    Retry: (PaymentEvent.TRY_FAILED, EventKind.PAYMENT_TRY_FAILED),
    AwaitPayer: (PaymentEvent.TRY_FAILED, EventKind.PAYMENT_TRY_FAILED),
    Postpone: (PaymentEvent.POSTPONED, EventKind.PAYMENT_POSTPONED),
    GiveUp: (PaymentEvent.GIVEN_UP, EventKind.PAYMENT_FAILED),
    Elsewhere: (PaymentEvent.TRY_FAILED, EventKind.PAYMENT_TRY_FAILED),
}
"""What a failed try is for its payment and what is told of it, by what follows."""


class Settled(NamedTuple):
    """An attempt that ends, with what it belongs to, all under lock; ``plan`` as it was planned."""

    attempt: AttemptRow
    payment: PaymentRow
    invoice: InvoiceRow
    subscription: SubscriptionRow
    promised: tuple[InvoiceRow, ...]
    reading: Reading
    verdict: Succeed | Fail
    plan: PlanRow | None = None

    def makes(self, cause: InvoiceCause) -> bool:
        """Say whether its payment makes a purchase or change happen, which it does once."""
        return self.invoice.cause == cause and not was_served(cause, self.invoice.state_event)


async def record_settlements_in(
    tx: Tx, run: Run, settled: Sequence[Settled], *, days: BookDays, now: datetime
) -> None:
    """Write what ended attempts mean, inside the transaction of ``settle_attempt``."""
    if not settled:
        return
    won = [case for case in settled if isinstance(case.verdict, Succeed)]
    failed = [(case, case.verdict) for case in settled if isinstance(case.verdict, Fail)]
    refused = [case for case, fail in failed if isinstance(fail.then, Retry | AwaitPayer)]
    postponed = [
        OwnFailure(case.payment, case.attempt.psp_account, case.reading, then.at)
        for case, fail in failed
        if isinstance(then := fail.then, Postpone)
    ]
    lost = [case for case, fail in failed if isinstance(fail.then, GiveUp)]
    receipt_ids = [ReceiptId(one) for one in run.new_ids([case.payment.bucket for case in won])]
    owing = await _still_owing(tx, won)
    async with tx.pipeline():
        await _end_attempts(tx, settled, now=now)
        await payments.step_payments(
            tx,
            [_won_payment(case, receipt) for case, receipt in zip(won, receipt_ids, strict=True)]
            + [_failed_payment(case, fail) for case, fail in failed],
        )
        await keep_plans_in(tx, run, _planned(failed), now=now)
        await keep_cards_in(tx, run, [_charge(case) for case in settled])
        await _prove(tx, won, receipt_ids, days=days, now=now)
        await bear_own_failures_in(tx, postponed, now=now)
        await forgive_in(tx, [(case.payment, case.attempt.psp_account) for case in won], now=now)
        await open_account_exceptions_in(tx, _refusing(failed), now=now)
        moves = _moves(won, refused, lost, owing=owing)
        await step_subscriptions_in(tx, run, moves, cause="settlement", now=now)
        bought = [case.subscription for case in won if case.makes(InvoiceCause.PURCHASE)]
        await complete_purchases_in(tx, bought)
        paid = [_paid_event(case, now) for case in won]
        await record_events_in(tx, run, paid + [_payment_event(case, now) for case in settled])
    for case in won:
        if case.makes(InvoiceCause.CHANGE):
            change = PaidFor(case.invoice, case.payment, case.promised)
            await apply_change_in(tx, run, change, days=days, now=now)
    unpaid = [Unpaid(case.invoice, case.subscription, case.payment.id) for case in lost]
    await end_collection_in(tx, run, unpaid, now=now)


def _planned(failed: Sequence[tuple[Settled, Fail]]) -> list[Planned]:
    return [
        Planned(
            attempt=case.attempt,
            payment=case.payment,
            subscription=case.subscription,
            reading=case.reading,
            tries=case.payment.tries - fail.own_failures - case.payment.payer_tries,
            before=case.plan,
            plan=fail.plan,
            timed=fail.timed,
        )
        for case, fail in failed
        if fail.plan is not None
    ]


def _refusing(failed: Sequence[tuple[Settled, Fail]]) -> dict[str, Reading]:
    """Name the accounts that refused the merchant while a payer was present."""
    return {
        case.attempt.psp_account: case.reading
        for case, fail in failed
        if isinstance(fail.then, GiveUp | Elsewhere)
        and case.reading.category is DeclineCategory.MERCHANT_CONFIG
    }


async def _end_attempts(tx: Tx, settled: Sequence[Settled], *, now: datetime) -> None:
    ends, proofs = [], []
    for case in settled:
        attempt, reading = case.attempt, case.reading
        won = isinstance(case.verdict, Succeed)
        ended = AttemptState.SUCCEEDED if isinstance(case.verdict, Succeed) else case.verdict.state
        event = EVENTS[ended]
        after = ATTEMPT.after(AttemptState(attempt.state), event)
        ends.append(
            EndRow(
                bucket=attempt.bucket,
                id=attempt.id,
                state_before=attempt.state,
                state_event=event,
                state=after,
                category=reading.category,
                psp_code=reading.code,
                psp_ref=reading.psp_ref,
            )
        )
        proofs.append(
            EvidenceRow(
                bucket=attempt.bucket,
                attempt_id=attempt.id,
                no=1,
                kind=reading.kind,
                outcome=after,
                psp_ref=reading.psp_ref,
                psp_code=reading.code,
                currency=attempt.currency,
                amount_minor=attempt.amount_minor if won else None,
                recorded_at=now,
            )
        )
    await payments.add_evidence(tx, proofs)
    await payments.end_attempts(tx, ends, now=now)


def _charge(case: Settled) -> Charge:
    return Charge(
        attempt=case.attempt,
        payment_method_id=case.payment.payment_method_id,
        reading=case.reading,
        won=isinstance(case.verdict, Succeed),
    )


def _won_payment(case: Settled, receipt_id: ReceiptId) -> PaymentStepRow:
    payment, event = case.payment, PaymentEvent.CONFIRMED
    return PaymentStepRow(
        bucket=payment.bucket,
        id=payment.id,
        state_before=payment.state,
        state_event=event,
        state=PAYMENT.after(PaymentState(payment.state), event),
        captured_minor=payment.amount_minor,
        next_try_at=None,
        awaits_payer=False,
        technical_tries=payment.technical_tries,
        own_failures=payment.own_failures,
        settled_attempt_id=case.attempt.id,
        receipt_id=receipt_id,
    )


def _failed_payment(case: Settled, fail: Fail) -> PaymentStepRow:
    payment = case.payment
    event, _ = _FAILURES[type(fail.then)]
    return PaymentStepRow(
        bucket=payment.bucket,
        id=payment.id,
        state_before=payment.state,
        state_event=event,
        state=PAYMENT.after(PaymentState(payment.state), event),
        captured_minor=0,
        next_try_at=None if isinstance(fail.then, GiveUp | Elsewhere) else fail.then.at,
        awaits_payer=isinstance(fail.then, AwaitPayer),
        technical_tries=fail.technical_tries,
        own_failures=fail.own_failures,
        settled_attempt_id=None,
        receipt_id=None,
    )


def _paid_event(case: Settled, now: datetime) -> NewEvent:
    invoice = case.invoice
    return NewEvent(
        bucket=invoice.bucket,
        aggregate_id=invoice.id,
        seq=invoice.event_seq + 1,
        kind=EventKind.INVOICE_PAID,
        customer_id=invoice.customer_id,
        occurred_at=now,
    )


def _payment_event(case: Settled, now: datetime) -> NewEvent:
    payment, body = case.payment, None
    kind = EventKind.PAYMENT_SUCCEEDED
    if isinstance(case.verdict, Fail):
        _, kind = _FAILURES[type(case.verdict.then)]
        body = {"category": case.reading.category} if case.reading.category else None
    return NewEvent(
        bucket=payment.bucket,
        aggregate_id=payment.id,
        seq=payment.event_seq + 1,
        kind=kind,
        customer_id=payment.customer_id,
        occurred_at=now,
        body=body,
    )


async def _prove(
    tx: Tx,
    won: Sequence[Settled],
    receipt_ids: Sequence[ReceiptId],
    *,
    days: BookDays,
    now: datetime,
) -> None:
    """Record what a captured payment proves: invoice paid, receipt, transfer, cover, numbers."""
    if not won:
        return
    steps = [
        InvoiceStepRow(
            bucket=case.invoice.bucket,
            id=case.invoice.id,
            state_before=case.invoice.state,
            state_event=InvoiceEvent.SETTLED,
            state=INVOICE.after(InvoiceState(case.invoice.state), InvoiceEvent.SETTLED),
            paid_at=now,
        )
        for case in won
    ]
    await invoicing.step(tx, steps)
    pairs = list(zip(won, receipt_ids, strict=True))
    await receipts.add_receipts(tx, [_receipt(case, one, days) for case, one in pairs])
    await invoicing.add_allocations(tx, [_allocation(case, days) for case in won])
    await ledger.add_transfers(tx, [row for case in won for row in _capture(case, days)])
    await entitlements.prove_covers(
        tx,
        [ProvenRow(case.invoice.bucket, case.invoice.id) for case in won],
    )
    await number_settled_in(
        tx, [(case.payment, case.invoice, one) for case, one in pairs], days=days, now=now
    )


def _receipt(case: Settled, receipt_id: ReceiptId, days: BookDays) -> ReceiptRow:
    payment = case.payment
    return ReceiptRow(
        bucket=payment.bucket,
        id=receipt_id,
        kind=ReceiptKind.PAYMENT,
        subject_id=payment.id,
        payment_id=payment.id,
        invoice_id=payment.invoice_id,
        customer_id=payment.customer_id,
        seller_code=payment.seller_code,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        issued_on=days.of(payment.seller_code),
        issued_at=days.now,
        series_id=series_id(payment.seller_code, "receipt", days.of(payment.seller_code)),
        release_no=days.release_no,
        offset_minor=0,
    )


def _allocation(case: Settled, days: BookDays) -> AllocationRow:
    payment = case.payment
    return AllocationRow(
        bucket=payment.bucket,
        invoice_id=payment.invoice_id,
        source_kind=AllocationSource.PAYMENT,
        source_id=payment.id,
        amount_minor=payment.amount_minor,
        effective_on=days.of(payment.seller_code),
    )


def _capture(case: Settled, days: BookDays) -> list[TransferRow]:
    payment = case.payment
    booking = Booking(
        bucket=payment.bucket,
        source_id=case.attempt.id,
        seller_code=payment.seller_code,
        customer_id=payment.customer_id,
        currency=payment.currency,
        on=days.of(payment.seller_code),
        at=days.now,
    )
    return post(Purpose.CAPTURE, payment.amount_minor, booking, dim=case.attempt.psp_account)


async def _still_owing(tx: Tx, won: Sequence[Settled]) -> set[SubscriptionId]:
    """Find the subscriptions that are late with another invoice and so stay past due."""
    late = [row for one in won if (row := one.subscription).state == SubscriptionState.PAST_DUE]
    if not late:
        return set()
    found = await payments.read_owing(
        tx, buckets=[row.bucket for row in late], subscription_ids=[row.id for row in late]
    )
    return {row.subscription_id for row in found}


def _moves(
    won: Sequence[Settled],
    again: Sequence[Settled],
    lost: Sequence[Settled],
    *,
    owing: AbstractSet[SubscriptionId],
) -> list[Move]:
    """Move each subscription once: with two invoices in the batch, the worse news decides.

    What is lost ends its subscription elsewhere, so it is not moved here as well; a change that is
    declined ends nothing, and one that is paid says nothing about what else is owed.
    """
    ending = {case.subscription.id for case in lost if not case.makes(InvoiceCause.CHANGE)}
    moves: dict[UUID, Move] = {}
    for case in won:
        held = case.subscription
        if case.makes(InvoiceCause.CHANGE):
            continue
        if held.state == SubscriptionState.INCOMPLETE:
            due = start_of(held.billed_through, held.zone)
            moves[held.id] = Move(held, SubscriptionEvent.ACTIVATED, next_bill_at=due)
        elif held.state == SubscriptionState.PAST_DUE and held.id not in owing:
            moves[held.id] = Move(held, SubscriptionEvent.PAYMENT_SETTLED, held.next_bill_at)
    for case in again:
        held = case.subscription
        moves.pop(held.id, None)
        if held.state == SubscriptionState.ACTIVE:
            moves[held.id] = Move(held, SubscriptionEvent.PAYMENT_OVERDUE, held.next_bill_at)
    return [move for key, move in moves.items() if key not in ending]

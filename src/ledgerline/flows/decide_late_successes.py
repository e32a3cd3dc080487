"""Decide about money that came for charges that had been given up: take it, or give it back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, RefundId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn
from ledgerline.customers import store as customers
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.record_settlement import Settled, record_settlements_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rules.postings import post
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    AttemptState,
    EvidenceKind,
    Outcome,
    PaymentState,
    Reading,
    RefundCause,
)
from ledgerline.payments.rows.attempts import AttemptRow, NewAttemptRow
from ledgerline.payments.rows.exceptions import ClosedRow, UndecidedRow
from ledgerline.payments.rows.payments import PaymentRow, TriedRow
from ledgerline.payments.rows.refunds import NewRefundRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.late_success import Late, decide
from ledgerline.payments.rules.lifecycle import REFUND
from ledgerline.payments.rules.settlement import Succeed
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import SubscriptionRow

DECIDE_BATCH_MAX: Final = 100
WHY: Final = "The charge had been given up before this money came."


class _Case(NamedTuple):
    """Late money with what its attempt belongs to, all under lock."""

    row: UndecidedRow
    attempt: AttemptRow
    payment: PaymentRow
    invoice: InvoiceRow
    subscription: SubscriptionRow


async def decide_late_successes(
    run: Run, *, buckets: Buckets, limit: int = DECIDE_BATCH_MAX
) -> int:
    """Take or give back what came late; return how many cases were decided.

    While the invoice is open, its subscription goes on and nothing else may still pay it, the money
    pays it: an attempt is made of it (``adopted_from``) that settles as every other. Else it is a
    refund that the resolver sends. While another attempt of the payment is live, nothing is
    decided. What has no id at its provider is left to people. Safe to repeat. What fails is raised
    when the others are done.
    """
    async with run.transaction() as tx:
        rows = await exceptions.read_undecided(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], limit=limit
        )
    decided = await in_turn(_decide(run, row) for row in rows)
    return sum(decided)


@repeated
async def _decide(run: Run, row: UndecidedRow) -> bool:
    async with run.transaction() as tx:
        case = await _lock(tx, row)
        if case is None:
            return False
        match decide(
            PaymentState(case.payment.state),
            has_live_attempt=case.payment.next_try_at is None,
            is_owed=_is_owed(case),
        ):
            case Late.TAKE:
                await _take(tx, run, case)
            case Late.GIVE_BACK:
                await _give_back(tx, run, case)
            case Late.WAIT:
                return False
    return True


def _is_owed(case: _Case) -> bool:
    """Say whether anybody may still pay the invoice: nobody pays for service that is over."""
    return case.invoice.state == InvoiceState.OPEN and case.subscription.ended_at is None


async def _lock(tx: Tx, row: UndecidedRow) -> _Case | None:
    """Lock from the top and look again; None where somebody has decided meanwhile."""
    buckets = [row.bucket]
    [owner] = await payments.find_attempts(tx, buckets=buckets, ids=[row.attempt_id])
    [subscription] = await subscriptions.lock_subscriptions(
        tx, buckets=buckets, ids=[owner.subscription_id]
    )
    [invoice] = await invoicing.lock_invoices(tx, buckets=buckets, ids=[owner.invoice_id])
    [payment] = await payments.lock_payments(tx, buckets=buckets, ids=[owner.payment_id])
    [attempt] = await payments.lock_attempts(tx, buckets=buckets, ids=[row.attempt_id])
    still: Sequence[UndecidedRow] = await exceptions.read_undecided(
        tx, bucket_from=row.bucket, bucket_to=row.bucket + 1, limit=DECIDE_BATCH_MAX
    )
    if row.attempt_id not in {one.attempt_id for one in still}:
        return None
    return _Case(
        row=row, attempt=attempt, payment=payment, invoice=invoice, subscription=subscription
    )


async def _take(tx: Tx, run: Run, case: _Case) -> None:
    """Pay the invoice with it: as an attempt that captured just now."""
    now = run.now()
    row = _adopted(case, AttemptId(run.new_id(case.payment.bucket)), now=now)
    payment, attempt = case.payment, case.attempt
    await payments.mark_tried(tx, [TriedRow(payment.bucket, payment.id, payment.tries)])
    await payments.add_attempts(tx, [row])
    days = await read_book_days(tx, now=now)
    booking = Booking(
        bucket=payment.bucket,
        source_id=attempt.id,
        seller_code=payment.seller_code,
        customer_id=payment.customer_id,
        currency=payment.currency,
        on=days.of(payment.seller_code),
        at=now,
    )
    await ledger.add_transfers(
        tx, post(Purpose.MATCHED, attempt.amount_minor, booking, dim=attempt.psp_account)
    )
    closed = ClosedRow(attempt.bucket, attempt.id, Reason.LATE_SUCCESS)
    await exceptions.close_exceptions(tx, [closed], now=now)
    settled = Settled(
        attempt=attempt._replace(id=row.id, ordinal=row.ordinal, state=row.state),
        payment=payment,
        invoice=case.invoice,
        subscription=case.subscription,
        promised=(),
        reading=Reading(Outcome.SUCCEEDED, EvidenceKind(case.row.kind), psp_ref=case.row.psp_ref),
        verdict=Succeed(),
    )
    await record_settlements_in(tx, run, [settled], days=days, now=now)


def _adopted(case: _Case, attempt_id: AttemptId, *, now: datetime) -> NewAttemptRow:
    attempt = case.attempt
    return NewAttemptRow(
        bucket=attempt.bucket,
        payment_id=attempt.payment_id,
        id=attempt_id,
        ordinal=case.payment.tries + 1,
        psp_account=attempt.psp_account,
        psp_token=attempt.psp_token,
        currency=attempt.currency,
        amount_minor=attempt.amount_minor,
        initiator=attempt.initiator,
        state=AttemptState.SENT,
        state_before="-",
        state_event="created",
        sent_at=now,
        resolve_at=now,
        looks=0,
        request_digest=None,
        resume_at=None,
        resume_awaits=None,
        adopted_from=attempt.id,
        decision_id=None,
        return_url=None,
        challenge=False,
    )


async def _give_back(tx: Tx, run: Run, case: _Case) -> None:
    """Commit a refund that the resolver sends; its success takes the money out of suspense."""
    payment, attempt = case.payment, case.attempt
    [customer] = await customers.read_customers(
        tx, buckets=[payment.bucket], ids=[payment.customer_id]
    )
    now = run.now()
    await payments.add_refund(
        tx,
        NewRefundRow(
            bucket=payment.bucket,
            id=RefundId(run.new_id(payment.bucket)),
            payment_id=payment.id,
            invoice_id=payment.invoice_id,
            customer_id=payment.customer_id,
            seller_code=payment.seller_code,
            currency=attempt.currency,
            amount_minor=attempt.amount_minor,
            cause=RefundCause.LATE_SUCCESS,
            reason=WHY if customer.erased_at is None else "",
            psp_account=attempt.psp_account,
            charge_ref=case.row.psp_ref,
            state=REFUND.initial,
            state_before="-",
            state_event="created",
            sent_at=now,
            resolve_at=now,
            looks=0,
            request_digest=None,
            attempt_id=attempt.id,
        ),
    )

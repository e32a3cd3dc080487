"""Pay an open invoice now: its payer is here and starts the try."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, InvoiceId, PaymentId, PaymentMethodId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.announce_debits import read_told_in
from ledgerline.flows.charge_payer import charge_payer
from ledgerline.flows.choose_accounts import Asked, read_choices_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.find_owners import Belongs
from ledgerline.flows.mend_payment import mend_in, method_in
from ledgerline.flows.open_attempt import Begun, Opening, check_attempt, open_attempt_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.refuse_erased import refuse_erased_in
from ledgerline.flows.withdraw_payments import ask_over_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceNotFound, InvoiceState
from ledgerline.outbox.model import EventKind
from ledgerline.payments import payer
from ledgerline.payments import store as payments
from ledgerline.payments.model import Initiator, PaymentState, Psps
from ledgerline.payments.refusals import InvoiceNotPayable, PaymentInProgress, TooManyTries
from ledgerline.payments.rows.payments import PaymentMethodRow, PaymentRow
from ledgerline.payments.rules.retry import AwaitPayer, Retry
from ledgerline.subscriptions import store as subscriptions

PAYER_TRIES_MAX: Final = 5  # of one payment in 24 hours: more reads as card testing
_DAY: Final = timedelta(days=1)


class Paid(NamedTuple):
    """Which payment was tried; its state is read from the database.

    ``retry_after_seconds`` is when the provider wants to be asked again, where it said so.
    """

    payment_id: PaymentId
    replayed: bool
    retry_after_seconds: int | None = None


class Payable(NamedTuple):
    """What paying an invoice now would charge, and to what."""

    payment_id: PaymentId
    amount: Money
    method_id: PaymentMethodId
    brand: str
    last4: str


class _Means(NamedTuple):
    """By which method an invoice is paid, and where its payer comes back to."""

    method_id: PaymentMethodId | None
    return_url: str | None


class _As(NamedTuple):
    """The attempt that an invoice is paid by; None for a preview, which makes none."""

    attempt_id: AttemptId | None = None
    return_url: str | None = None


class _Begun(NamedTuple):
    begun: Begun
    belongs: Belongs


class _Open(NamedTuple):
    """The payment of an open invoice and what would pay it, under lock."""

    payment: PaymentRow
    method: PaymentMethodRow
    market_code: str


async def pay_invoice(
    run: Run,
    psps: Psps,
    invoice_id: InvoiceId,
    *,
    method_id: PaymentMethodId | None = None,
    return_url: str | None = None,
    command: Command | None = None,
) -> Paid:
    """Charge an open invoice now, by its own method or another of the customer; the payer is here.

    Another method pays from now on, for the subscription and all that it owes. A refusal takes no
    slot of the retry calendar, which goes on as it stood, and ends nothing. With ``return_url`` the
    payer may be asked to act first and comes back there. The attempt is committed as sent before
    any byte leaves. With the same ``command`` a repeat charges nothing.
    Raises ``InvoiceNotFound``, ``InvoiceNotPayable``, ``PaymentInProgress``, ``TooManyTries``,
    ``CardLimitReached``, ``PaymentMethodNotFound``, ``PspAccountNotFound``, ``NoPaymentRoute``,
    ``AccountsUnavailable`` and ``CustomerErased``.
    """
    attempt_id = AttemptId(run.new_id(bucket_of(invoice_id)))
    begun = await _begin(
        run,
        psps,
        invoice_id,
        attempt_id=attempt_id,
        means=_Means(method_id, return_url),
        command=command,
    )
    if isinstance(begun, Paid):
        return begun
    charged = await charge_payer(run, psps, begun.begun, begun.belongs)
    return Paid(
        begun.belongs.payment_id,
        replayed=False,
        retry_after_seconds=charged.retry_after_seconds,
    )


@repeated
async def preview_payment(
    run: Run, psps: Psps, invoice_id: InvoiceId, *, method_id: PaymentMethodId | None = None
) -> Payable:
    """Say what ``pay_invoice`` would charge, or raise what it would raise; writes nothing."""
    now = run.now()
    async with run.transaction() as tx:
        found = await _open_in(tx, invoice_id, method_id=method_id, now=now)
        payment, method = found.payment, found.method
        opening = await _opening_in(tx, psps, found, _As(), now=now)
        check_attempt(psps, opening, now=now)
    amount = Money(payment.amount_minor, Currency(payment.currency))
    return Payable(payment.id, amount, method.id, brand=method.brand, last4=method.last4)


@repeated
async def _begin(
    run: Run,
    psps: Psps,
    invoice_id: InvoiceId,
    *,
    attempt_id: AttemptId,
    means: _Means,
    command: Command | None,
) -> _Begun | Paid:
    """Commit the attempt to send, or find the payment that a key tried before."""
    bucket, now = bucket_of(invoice_id), run.now()
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=invoice_id)
            if held is not None:
                tried = await payments.lock_payments_of_invoice(
                    tx, bucket=bucket, invoice_id=invoice_id
                )
                return Paid(tried[-1].id, replayed=True)  # what collects it anew is the newest
        found = await _open_in(tx, invoice_id, method_id=means.method_id, now=now)
        payment, method = found.payment, found.method
        if method.id != payment.payment_method_id:
            await mend_in(tx, payment, method_id=method.id, now=now)
        opening = await _opening_in(tx, psps, found, _As(attempt_id, means.return_url), now=now)
        begun = await open_attempt_in(tx, run, psps, opening, now=now)
        await payer.mark_tried_by_payer(tx, bucket=bucket, id=payment.id, tries=payment.tries)
        await record_events_in(tx, run, [_sent(payment, attempt_id, now=now)])
    return _Begun(begun, Belongs(payment.id, invoice_id, payment.subscription_id))


async def _opening_in(tx: Tx, psps: Psps, found: _Open, how: _As, *, now: datetime) -> Opening:
    """Gather by what an invoice would be paid now."""
    payment, method = found.payment, found.method
    asked = Asked(
        attempt_id=how.attempt_id or AttemptId(payment.id),  # stands for it in a preview
        payment_id=payment.id,
        payment_method_id=method.id,
        market=found.market_code,
        amount=Money(payment.amount_minor, Currency(payment.currency)),
        initiator=Initiator.CUSTOMER,
        is_again=payment.tries > 0,
    )
    async with tx.pipeline():
        choices = await read_choices_in(
            tx,
            psps,
            buckets=[payment.bucket],
            ids=[method.id],
            now=now,
            to_charge=how.attempt_id is not None,
        )
    return Opening(
        asked,
        choices,
        payment.customer_id,
        event_seq=payment.event_seq,
        told=await read_told_in(tx, choices, asked, psps=psps),
        ordinal=payment.tries + 1,
        resume=_plan(payment),
        return_url=how.return_url,
    )


async def _open_in(
    tx: Tx, invoice_id: InvoiceId, *, method_id: PaymentMethodId | None, now: datetime
) -> _Open:
    """Lock an open invoice from the top and find what pays it; raises why it cannot be paid now."""
    bucket = bucket_of(invoice_id)
    facts = await invoicing.read_invoice_facts(tx, buckets=[bucket], ids=[invoice_id])
    if not facts:
        raise InvoiceNotFound("there is no such invoice", invoice=str(invoice_id))
    await refuse_erased_in(tx, facts[0].customer_id)
    [subscription] = await subscriptions.lock_subscriptions(
        tx, buckets=[bucket], ids=[facts[0].subscription_id]
    )
    [invoice] = await invoicing.lock_invoices(tx, buckets=[bucket], ids=[invoice_id])
    if subscription.ended_at is not None:
        raise InvoiceNotPayable("the subscription has ended", reason="subscription_ended")
    if invoice.state != InvoiceState.OPEN:
        raise InvoiceNotPayable(f"the invoice is {invoice.state}", reason=invoice.state)
    held = await payments.lock_payments_of_invoice(tx, bucket=bucket, invoice_id=invoice_id)
    payment = next((one for one in held if one.state == PaymentState.PROCESSING), None)
    if payment is None or (await ask_over_in(tx, [payment])).of([payment]):
        raise InvoiceNotPayable("the invoice is no longer collected", reason="given_up")
    if payment.next_try_at is None:
        raise PaymentInProgress(
            "a try of this payment is under way: ask again once it has ended",
            payment=str(payment.id),
        )
    tries = await payer.count_payer_tries(
        tx, bucket=bucket, payment_id=payment.id, since=now - _DAY
    )
    if tries >= PAYER_TRIES_MAX:
        raise TooManyTries(
            f"it was tried {tries} times in 24 hours: try again tomorrow",
            payment=str(payment.id), retry_after_seconds=int(_DAY.total_seconds()),
        )  # fmt: skip
    method = await method_in(
        tx, method_id or payment.payment_method_id, customer_id=payment.customer_id
    )
    return _Open(payment, method, invoice.market_code)


def _plan(payment: PaymentRow) -> Retry | AwaitPayer:
    """Return the plan that goes on when this comes to nothing."""
    assert payment.next_try_at is not None, payment.id
    return (AwaitPayer if payment.awaits_payer else Retry)(payment.next_try_at)


def _sent(payment: PaymentRow, attempt_id: AttemptId, *, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=payment.bucket,
        aggregate_id=attempt_id,
        seq=1,
        kind=EventKind.ATTEMPT_SENT,
        customer_id=payment.customer_id,
        occurred_at=now,
    )

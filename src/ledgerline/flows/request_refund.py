"""Give money back through the provider that took it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base.calendar import Period, local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import PaymentId, RefundId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.read_charged import read_lines_in
from ledgerline.flows.refuse_above_limit import refuse_above_limit_in
from ledgerline.flows.refuse_erased import refuse_erased_in
from ledgerline.flows.send_refund import send_refund
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    PaymentState,
    Psps,
    RefundCause,
    RefundEvent,
    RefundState,
    SentRefund,
)
from ledgerline.payments.refusals import (
    PaymentDisputed,
    PaymentNotFound,
    PaymentNotRefundable,
    RefundDayAhead,
    RefundExceedsCaptured,
)
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rows.refunds import NewRefundRow, RefundLineRow
from ledgerline.payments.rules.ladder import first_look
from ledgerline.payments.rules.prospects import Left, kept_minor, refundable_minor
from ledgerline.pricing.rules.credit import (
    amount_of,
    open_days,
    remainder,
    split,
    split_unused,
)
from ledgerline.rules.charged import Charged, Credited, given_before
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import ChangeInProgress


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """How much of a payment to give back, in its own currency; None means all that is left.

    With ``from_on`` it is for the days from that one to the end of what was billed, as a
    cancellation on that day would be: no more than they are still worth, and all of that with None.
    """

    payment_id: PaymentId
    amount_minor: int | None
    reason: str
    from_on: date | None = None


async def request_refund(
    run: Run, psps: Psps, order: RefundOrder, *, command: Command | None = None
) -> RefundId:
    """Refund with a credit note; a repeat with the same ``command`` finds the first refund.

    The amount is reserved and the refund committed as sent before any byte leaves. Raises
    ``PaymentNotFound``, ``PaymentNotRefundable``, ``CustomerErased``, ``RefundExceedsCaptured``,
    ``ExceedsLineRemainder`` and, for a person, ``AboveLimit``: ``propose_refund`` takes those.
    """
    refund_id = RefundId(run.new_id(bucket_of(order.payment_id)))
    begun = await _begin(run, psps, order, refund_id, command=command)
    if isinstance(begun, SentRefund):
        await send_refund(run, psps, begun)
        return refund_id
    return begun


@repeated
async def _begin(
    run: Run, psps: Psps, order: RefundOrder, refund_id: RefundId, *, command: Command | None
) -> SentRefund | RefundId:
    """Commit what precedes the call: the refund to send, or the one a key made before."""
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, bucket=bucket_of(order.payment_id), command=command, subject_id=refund_id
            )
            if held is not None:
                assert held.subject_id is not None, held.key
                return RefundId(held.subject_id)
        allowed = await allowed_in(tx, order, now=run.now())
        await refuse_above_limit_in(tx, command, [allowed.returned])
        return await reserve_refund_in(tx, psps, allowed, refund_id, now=run.now())


async def check_refund(run: Run, order: RefundOrder) -> "Allowed":
    """Return what a refund would give back, or raise what forbids it. Writes nothing."""
    async with run.transaction() as tx:
        return await allowed_in(tx, order, now=run.now())


class Share(NamedTuple):
    """What is given back of a line, with tax, and over which of its days."""

    of: Charged
    span: Period
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """A refund that may be sent: how much of which payment, and how much of each line.

    ``before_minor`` is what its invoice gave back before, with refunds under way.
    """

    order: RefundOrder
    invoice: InvoiceRow
    payment: PaymentRow
    amount_minor: int
    shares: tuple[Share, ...]
    before_minor: int

    @property
    def returned(self) -> Money:
        """All that is given back then: many small refunds and gifts are a large one.

        It is what the invoice gave back as money or credit, or what went back through the payment
        where that is more: credit of other invoices may have been paid out through it.
        """
        payment = self.payment
        before = max(self.before_minor, payment.refunded_minor + payment.refunding_minor)
        return Money(before + self.amount_minor, Currency(payment.currency))

    @property
    def credits(self) -> tuple[Credited, ...]:
        """What its credit note will give back."""
        return tuple(
            Credited(one.of, amount_of(one.of.line, one.amount_minor, span=one.span))
            for one in self.shares
        )


async def allowed_in(tx: Tx, order: RefundOrder, *, now: datetime) -> Allowed:
    """Lock invoice and payment and compute the amounts.

    The invoice is locked first (global order), so its id is found through the payment unlocked.
    What is asked for is spread over what is left of each line.
    """
    bucket = bucket_of(order.payment_id)
    owner = await payments.find_invoice(tx, bucket=bucket, id=order.payment_id)
    if owner is None:
        raise PaymentNotFound("there is no such payment", payment=str(order.payment_id))
    held = await invoicing.lock_invoices(tx, buckets=[bucket], ids=[owner.invoice_id])
    [payment] = await payments.lock_payments(tx, buckets=[bucket], ids=[order.payment_id])
    await refuse_erased_in(tx, payment.customer_id)
    if payment.state != PaymentState.SUCCEEDED:
        raise PaymentNotRefundable("the payment has not succeeded", state=payment.state)
    if payment.disputed_minor > 0:
        raise PaymentDisputed(
            "the provider has taken it back until a dispute is decided", payment=str(payment.id)
        )
    for pending in await subscriptions.read_pending_changes(
        tx, buckets=[bucket], ids=[payment.subscription_id]
    ):
        raise ChangeInProgress(
            "a change waits for its payment", subscription=str(pending.subscription_id)
        )
    await _refuse_days_ahead(tx, order, payment, now=now)
    charged = await read_lines_in(tx, held)
    shares = _shares(order, payment, charged.lines)
    amount = sum(one.amount_minor for one in shares)
    [invoice] = held
    given = tuple(one for one in shares if one.amount_minor > 0)
    return Allowed(
        order=order, invoice=invoice, payment=payment, amount_minor=amount, shares=given,
        before_minor=given_before(charged.lines, {invoice.id}),
    )  # fmt: skip


async def _refuse_days_ahead(
    tx: Tx, order: RefundOrder, payment: PaymentRow, *, now: datetime
) -> None:
    """Give back no days that are ahead: a cancellation before them would give them back again."""
    if order.from_on is None:
        return
    [subscription] = await subscriptions.read_subscriptions(
        tx, buckets=[payment.bucket], ids=[payment.subscription_id]
    )
    today = local_date(now, subscription.zone)
    if order.from_on > today:
        raise RefundDayAhead(
            "the day is not reached yet", from_on=order.from_on.isoformat(), today=today.isoformat()
        )


def _shares(order: RefundOrder, payment: PaymentRow, charged: Sequence[Charged]) -> list[Share]:
    """Say how much of each line is given back, and over which of its days."""
    lines = [one.line for one in charged]
    left = Left(
        captured_minor=payment.captured_minor,
        refunded_minor=payment.refunded_minor,
        refunding_minor=payment.refunding_minor,
        lost_minor=payment.dispute_lost_minor,
        claim_minor=sum(remainder(line) for line in lines),
        is_held=False,
    )
    if order.from_on is None:
        asked = refundable_minor(left) if order.amount_minor is None else order.amount_minor
        parts = split(lines, _no_more(asked, left))
        spans = [open_days(line) for line in lines]
    else:
        parts = split_unused(lines, order.amount_minor, cut=order.from_on)
        _no_more(sum(parts), left)
        spans = [Period(max(order.from_on, line.period.start), line.period.end) for line in lines]
    return [Share(*share) for share in zip(charged, spans, parts, strict=True)]


def _no_more(asked_minor: int, left: Left) -> int:
    """Refuse to give back nothing, or more than the payment has left."""
    kept = kept_minor(left)
    if not 0 < asked_minor <= kept:
        raise RefundExceedsCaptured("more than is left", left_minor=kept, asked_minor=asked_minor)
    return asked_minor


async def reserve_refund_in(
    tx: Tx, psps: Psps, allowed: Allowed, refund_id: RefundId, *, now: datetime
) -> SentRefund:
    """Reserve what may go back, under its locks, and commit the refund as sent."""
    payment, amount = allowed.payment, allowed.amount_minor
    bucket = payment.bucket
    [capture] = await payments.read_captures(tx, bucket=bucket, payment_id=payment.id)
    assert capture.psp_ref is not None, capture
    sent = psps.prepared(
        SentRefund(
            bucket=bucket,
            refund_id=refund_id,
            psp_account=capture.psp_account,
            charge_ref=capture.psp_ref,
            amount=Money(amount, Currency(payment.currency)),
        )
    )
    await payments.reserve_refund(tx, bucket=bucket, id=payment.id, amount_minor=amount)
    await payments.add_refund(
        tx,
        NewRefundRow(
            bucket=bucket,
            id=refund_id,
            payment_id=payment.id,
            invoice_id=payment.invoice_id,
            customer_id=payment.customer_id,
            seller_code=payment.seller_code,
            currency=payment.currency,
            amount_minor=amount,
            cause=RefundCause.ASKED,
            reason=allowed.order.reason,
            psp_account=capture.psp_account,
            charge_ref=capture.psp_ref,
            state=RefundState.SENT,
            state_before=RefundState.REQUESTED,
            state_event=RefundEvent.SENT,
            sent_at=now,
            resolve_at=first_look(now, psps.call_deadline(capture.psp_account)),
            looks=0,
            request_digest=sent.request_digest,
            attempt_id=None,
        ),
    )
    await payments.add_refund_lines(
        tx, [line_of(payment, refund_id, one) for one in allowed.shares]
    )
    return sent


def line_of(payment: PaymentRow, refund_id: RefundId, share: Share) -> RefundLineRow:
    """Reserve a part of a line over some of its days."""
    return RefundLineRow(
        bucket=payment.bucket,
        refund_id=refund_id,
        invoice_id=payment.invoice_id,
        subscription_id=payment.subscription_id,
        period_start=share.of.key.period_start,
        item_no=share.of.key.item_no,
        kind=share.of.key.kind,
        amount_minor=share.amount_minor,
        from_on=share.span.start,
        until_on=share.span.end,
    )

"""Pay a customer's credit out, through the payments that it came from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.calendar import months
from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditLotId, CustomerId, PaymentId, RefundId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rows import CustomerRow
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.refuse_above_limit import refuse_above_limit_in
from ledgerline.invoicing import store as invoicing
from ledgerline.ledger import store as ledger
from ledgerline.ledger.rows import DrawRow, LotRow
from ledgerline.payments import payer
from ledgerline.payments import store as payments
from ledgerline.payments.model import RefundCause
from ledgerline.payments.refusals import CreditNotPayable
from ledgerline.payments.rows.refunds import (
    KeptPaymentRow,
    NewRefundRow,
    RefundDrawRow,
)
from ledgerline.payments.rules.lifecycle import REFUND
from ledgerline.payments.rules.paying_out import Part, divide

DAY: Final = timedelta(days=1)
_Kind = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditOrder:
    """What to pay out: all that can be, unless an amount is given, in minor units.

    ``currency`` and ``seller_code`` say which credit is meant; an amount needs just one kind.
    """

    customer_id: CustomerId
    reason: str
    amount_minor: int | None = None
    currency: str | None = None
    seller_code: str | None = None


class PaidOut(NamedTuple):
    """What a payment gives back of a customer's credit."""

    payment_id: PaymentId
    seller_code: str
    currency: str
    amount_minor: int


class _Planned(NamedTuple):
    """A part of a pay-out and the payment it goes through."""

    part: Part
    payment: KeptPaymentRow


class CreditRefund(NamedTuple):
    """A refund of credit: of whose, through which payment, how much and why."""

    refund_id: RefundId
    customer_id: CustomerId
    payment: KeptPaymentRow
    amount_minor: int
    reason: str


@repeated
async def pay_out_credit(
    run: Run, order: CreditOrder, *, command: Command | None = None
) -> list[RefundId]:
    """Commit refunds that pay credit out; the resolver sends them.

    First through the payments of the invoices whose credit notes gave it, then through the newest;
    never more than was captured and is left there, and nothing through an account that was removed,
    for nobody could send it. What is on its way out cannot be spent; a refund that fails gives it
    back. Nothing is credited again: the notes that gave it stand. With the same ``command`` a
    repeat finds the first refunds. Raises ``CustomerNotFound``, ``CustomerErased``,
    ``CreditNotPayable`` and, for a person whose role may not pay as much back, ``AboveLimit``.
    """
    bucket = bucket_of(order.customer_id)
    payout_id = RefundId(run.new_id(bucket))
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=payout_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                found = await payer.read_payout(
                    tx, bucket=bucket, payout_id=RefundId(held.subject_id)
                )
                return [row.refund_id for row in found]
        planned = await _plan(tx, order, today=run.now().date())
        await refuse_above_limit_in(tx, command, _sums(planned), is_chosen=False)
        ids = [payout_id, *(RefundId(run.new_id(bucket)) for _ in planned[1:])]
        await _commit(tx, order, list(zip(ids, planned, strict=True)), now=run.now())
        return ids


@repeated
async def preview_pay_out(run: Run, order: CreditOrder) -> list[PaidOut]:
    """Say what ``pay_out_credit`` would give back, or raise what it would raise."""
    async with run.transaction() as tx:
        planned = await _plan(tx, order, today=run.now().date())
    return [
        PaidOut(
            one.payment.id, one.payment.seller_code, one.payment.currency, one.part.amount_minor
        )
        for one in planned
    ]


async def _plan(tx: Tx, order: CreditOrder, *, today: date) -> list[_Planned]:
    """Lock customer, payments and lots from the top, and divide what is paid out."""
    bucket = bucket_of(order.customer_id)
    customer = await _customer(tx, order.customer_id)
    credit = await ledger.read_credit(tx, buckets=[bucket], customer_ids=[order.customer_id])
    kinds = [
        (row.seller_code, row.currency)
        for row in credit
        if order.currency in {None, row.currency} and order.seller_code in {None, row.seller_code}
    ]
    if not kinds:
        raise CreditNotPayable("there is no credit to pay out", payable_minor=0)
    if order.amount_minor is not None and len(kinds) > 1:
        raise CreditNotPayable("an amount needs the currency and the seller that it is of")
    kept = await _kept(tx, customer, today=today)
    lots = await ledger.lock_lots(tx, buckets=[bucket], customer_ids=[order.customer_id])
    planned = [one for kind in sorted(kinds) for one in _divide(order, kind, kept, lots)]
    if not planned:
        raise CreditNotPayable("nothing is left of what was captured", payable_minor=0)
    return planned


def _sums(planned: Sequence[_Planned]) -> list[Money]:
    """Add up what goes back, by currency."""
    found: Counter[str] = Counter()
    for one in planned:
        found[one.payment.currency] += one.part.amount_minor
    return [Money(minor, Currency(currency)) for currency, minor in found.items()]


async def _customer(tx: Tx, customer_id: CustomerId) -> CustomerRow:
    found = await customers.lock_customers(tx, buckets=[bucket_of(customer_id)], ids=[customer_id])
    if not found:
        raise CustomerNotFound("there is no such customer", customer=str(customer_id))
    refuse_erased(found[0])
    return found[0]


async def _kept(tx: Tx, customer: CustomerRow, *, today: date) -> list[KeptPaymentRow]:
    """Lock the customer's payments that have money left, those that credit came from first."""
    bucket = customer.bucket
    lots = await ledger.read_lots(tx, bucket=bucket, customer_id=customer.id)
    paid = await invoicing.read_paid_of_customer(
        tx,
        bucket=bucket,
        customer_id=customer.id,
        months=months(customer.created_at.date() - DAY, today + DAY),
        note_ids=[lot.source_id for lot in lots],
    )
    place = {row.id: number for number, row in enumerate(paid)}
    kept = await payer.lock_kept_payments(tx, bucket=bucket, invoice_ids=list(place))
    return sorted(kept, key=lambda row: place[row.invoice_id])


def _divide(
    order: CreditOrder, kind: _Kind, kept: Sequence[KeptPaymentRow], lots: Sequence[LotRow]
) -> list[_Planned]:
    of_kind = [row for row in kept if (row.seller_code, row.currency) == kind]
    own = [row for row in lots if (row.seller_code, row.currency) == kind]
    own.sort(key=lambda lot: (lot.expires_on or date.max, lot.id))
    payable = min(sum(row.kept_minor for row in of_kind), sum(row.remaining_minor for row in own))
    asked = payable if order.amount_minor is None else order.amount_minor
    if asked > payable:
        raise CreditNotPayable(
            "more than there is, or than was captured", payable_minor=payable, asked_minor=asked
        )
    if asked == 0:
        return []
    parts = divide(
        asked,
        [(row.id, row.kept_minor) for row in of_kind],
        [(row.id, row.remaining_minor) for row in own],
    )
    by_id = {row.id: row for row in of_kind}
    return [_Planned(part, by_id[part.payment_id]) for part in parts]


async def _commit(
    tx: Tx, order: CreditOrder, planned: Sequence[tuple[RefundId, _Planned]], *, now: datetime
) -> None:
    draws: list[RefundDrawRow] = []
    for refund_id, one in planned:
        part, payment = one
        out = CreditRefund(
            refund_id=refund_id,
            customer_id=order.customer_id,
            payment=payment,
            amount_minor=part.amount_minor,
            reason=order.reason,
        )
        await add_credit_refund_in(tx, out, now=now)
        draws += [
            RefundDrawRow(
                bucket=payment.bucket,
                refund_id=refund_id,
                lot_id=lot_id,
                payout_id=planned[0][0],
                amount_minor=amount_minor,
            )
            for lot_id, amount_minor in part.draws
        ]
    await payer.add_draws(tx, draws)
    taken: Counter[CreditLotId] = Counter()
    for row in draws:
        taken[row.lot_id] += row.amount_minor
    bucket = bucket_of(order.customer_id)
    await ledger.draw_lots(tx, [DrawRow(bucket, *one) for one in sorted(taken.items())])


async def add_credit_refund_in(tx: Tx, out: CreditRefund, *, now: datetime) -> None:
    """Reserve what a payment gives back of credit, under its lock, and commit the refund of it."""
    payment = out.payment
    [capture] = await payments.read_captures(tx, bucket=payment.bucket, payment_id=payment.id)
    assert capture.psp_ref is not None, capture
    await payments.reserve_refund(
        tx, bucket=payment.bucket, id=payment.id, amount_minor=out.amount_minor
    )
    await payments.add_refund(
        tx,
        NewRefundRow(
            bucket=payment.bucket,
            id=out.refund_id,
            payment_id=payment.id,
            invoice_id=payment.invoice_id,
            customer_id=out.customer_id,
            seller_code=payment.seller_code,
            currency=payment.currency,
            amount_minor=out.amount_minor,
            cause=RefundCause.CREDIT,
            reason=out.reason,
            psp_account=capture.psp_account,
            charge_ref=capture.psp_ref,
            state=REFUND.initial,
            state_before="-",
            state_event="created",
            sent_at=now,
            resolve_at=now,
            looks=0,
            request_digest=None,
            attempt_id=None,
        ),
    )

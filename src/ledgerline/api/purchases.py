"""Purchases: buy a plan with a stored payment method."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from ledgerline.api import declines, quotes
from ledgerline.api.declines import decline
from ledgerline.api.default_methods import default_of
from ledgerline.api.errors import Decline, Problem, problem
from ledgerline.api.next_actions import NextAction, next_action
from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.quotes import PurchaseBody, Quote
from ledgerline.api.refusals import PaymentDeclined
from ledgerline.api.shapes import Money, money, utc, utc_or_none
from ledgerline.base.ids import PREFIXES, PaymentMethodId, PurchaseId, bucket_of, encode
from ledgerline.flows.quote_purchase import quote_purchase
from ledgerline.flows.require_consents import preview_consents
from ledgerline.flows.start_purchase import Checkout, fingerprint, start_purchase
from ledgerline.flows.withdraw_purchase import withdraw_purchase
from ledgerline.payments import views as payments
from ledgerline.payments.model import AttemptState
from ledgerline.payments.refusals import PaymentMethodNotFound
from ledgerline.purchases import views
from ledgerline.purchases.model import (
    PreviewStale,
    PurchaseNotFound,
    PurchaseNotPending,
    PurchaseState,
)
from ledgerline.purchases.rows import PurchaseView
from ledgerline.rules.quote import Order
from ledgerline.subscriptions.rules.outlook import Course, next_charge_at, service_ends_on


class Purchase(Struct, frozen=True, kw_only=True):
    """One run through checkout. ``status`` is ``processing``, ``completed`` or ``failed``.

    While its payer has to act, ``next_action`` says what. ``paid_through`` is the first day that
    the purchase itself does not pay for (or, in a trial, give), null until it is completed;
    ``next_charge_at`` is the subscription's.
    """

    id: str
    object: str = "purchase"
    livemode: bool
    status: str
    customer: str
    subscription: str
    subscription_status: str
    invoice: str
    payment: str | None
    plan: str
    quantity: int
    total: Money
    tax: Money
    from_credit: Money
    paid_through: date | None
    next_charge_at: datetime | None
    next_action: NextAction | None
    decline: Decline | None
    created: datetime


class WithdrawBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said."""


_ENDED_WITHOUT: Final = frozenset({"declined", "not_executed"})


async def create(call: Call) -> Answer:
    """Buy: 201 completed, 402 declined, 503 not executed, 202 while nobody knows yet."""
    body: PurchaseBody = call.body
    order = quotes.order_of(body)
    named = body.payment_method
    method_id = (
        await default_of(call, order.customer_id)
        if named is None
        else PaymentMethodId(read_id("payment_method", named))
    )
    expect = None if body.expect is None else bytes.fromhex(body.expect)
    if body.validate_only:
        return await _preview(call, order, method_id, expect)
    bought = await start_purchase(
        call.run, call.psps, order, payment_method_id=method_id, command=call.command,
        checkout=Checkout(expect, body.return_url),
    )  # fmt: skip
    row = await _read(call, bought.purchase_id)
    if row.state == PurchaseState.FAILED and row.attempt_state is not None:
        await declines.refuse_own_failure(
            call,
            AttemptState(row.attempt_state),
            row.category,
            subject_id=row.id,
            retry_after_seconds=bought.retry_after_seconds,
        )
    return _outcome(call, row)


async def get(call: Call) -> Answer:
    """Read one purchase."""
    return Answer(200, _shape(call, await _read(call, call.id("purchase"))))


async def withdraw(call: Call) -> Answer:
    """Give a pending purchase up: 200 once it is void, and the buyer may buy anew."""
    purchase_id = PurchaseId(call.id("purchase"))
    await withdraw_purchase(call.run, purchase_id, command=call.command)
    return Answer(200, _shape(call, await _read(call, purchase_id)))


async def _preview(
    call: Call, order: Order, method_id: PaymentMethodId, expect: bytes | None
) -> Answer:
    quoted = await quote_purchase(call.run, order, buying=True)
    await preview_consents(call.run, order)
    if expect is not None and expect != fingerprint(quoted):
        raise PreviewStale("the result would differ from the quote: quote again")
    bucket = bucket_of(order.customer_id)
    async with call.run.reading() as read:
        method = await payments.payment_method(read, bucket=bucket, id=method_id)
    if method is None or method.customer_id != order.customer_id:
        raise PaymentMethodNotFound("the customer has no such payment method")
    return Answer(200, quotes.render(call, quoted))


async def _read(call: Call, purchase_id: UUID) -> PurchaseView:
    async with call.run.reading() as read:
        row = await views.purchase(read, bucket=bucket_of(purchase_id), id=purchase_id)
    if row is None:
        raise PurchaseNotFound("there is no such purchase")
    return row


def _outcome(call: Call, row: PurchaseView) -> Answer:
    shown = _shape(call, row)
    location = f"/v1/purchases/{shown.id}"
    match PurchaseState(row.state):
        case PurchaseState.COMPLETED:
            return Answer(201, shown, location=location)
        case PurchaseState.FAILED if row.attempt_state not in _ENDED_WITHOUT:
            raise PurchaseNotPending("it was withdrawn: buy anew, under another key")
        case PurchaseState.FAILED:
            return Answer(402, _declined(call, shown), location=location)
        case PurchaseState.PROCESSING:
            return Answer(202, shown, location=location, is_final=False)


def _declined(call: Call, shown: Purchase) -> Problem:
    refused = PaymentDeclined("The payment was refused; nothing was charged.")
    return msgspec.structs.replace(
        problem(refused, request_id=call.request_id),
        purchase=shown.id,
        subscription=shown.subscription,
        payment=shown.payment,
        decline=shown.decline,
    )


def _shape(call: Call, row: PurchaseView) -> Purchase:
    refused = row.attempt_state in _ENDED_WITHOUT
    payment = row.payment_id
    course = Course(
        state=row.subscription_state,
        zone=row.zone,
        billed_through=row.billed_through,
        next_bill_at=row.next_bill_at,
        ends_on=row.ends_on,
        parked=row.parked,
        ended_at=row.ended_at,
    )
    return Purchase(
        id=encode(PREFIXES["purchase"], row.id),
        livemode=call.livemode,
        status=row.state,
        customer=encode(PREFIXES["customer"], row.customer_id),
        subscription=encode(PREFIXES["subscription"], row.subscription_id),
        subscription_status=row.subscription_state,
        invoice=encode(PREFIXES["invoice"], row.invoice_id),
        payment=None if payment is None else encode(PREFIXES["payment"], payment),
        plan=row.plan_code,
        quantity=row.quantity,
        total=money(row.total_minor, row.currency),
        tax=money(row.tax_minor, row.currency),
        from_credit=money(row.credit_used_minor, row.currency),
        paid_through=_paid_through(row, course),
        next_charge_at=utc_or_none(next_charge_at(course)),
        next_action=next_action(call, row.attempt_id, row.action_sealed, row.action_expires_at),
        decline=decline(row.category) if refused else None,
        created=utc(row.created_at),
    )


def _paid_through(row: PurchaseView, course: Course) -> date | None:
    if row.state != PurchaseState.COMPLETED:
        return None
    end = service_ends_on(course)
    return row.through if end is None else min(row.through, end)


def _about(call: Call) -> UUID:
    return read_id("customer", call.body.customer)


def _which(call: Call) -> UUID:
    return call.id("purchase")


OPERATIONS: Final = (
    Operation(
        name="create_purchase", method="POST", path="/v1/purchases",
        summary="Buy a plan with a stored payment method", handle=create,
        gives={200: Quote, 201: Purchase, 202: Purchase}, body=PurchaseBody,
        keyed=Keyed.REQUIRED, about=_about,
    ),
    Operation(
        name="get_purchase", method="GET", path="/v1/purchases/{id}", summary="Read a purchase",
        handle=get, gives={200: Purchase},
    ),
    Operation(
        name="withdraw_purchase", method="POST", path="/v1/purchases/{id}/withdraw",
        summary="Give up a purchase whose end nobody knows", handle=withdraw,
        gives={200: Purchase}, body=WithdrawBody, keyed=Keyed.OPTIONAL, about=_which,
    ),
)  # fmt: skip

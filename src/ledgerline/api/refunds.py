"""Refunds: give money back through the provider that took it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api import lists
from ledgerline.api.operations import Answer, Call, Keyed, Operation, nothing_here, read_id
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    MINOR_UNITS_MAX,
    CursorText,
    CustomerIdText,
    InvoiceIdText,
    Limit,
    Money,
    Page,
    PaymentIdText,
    States,
    money,
    utc,
    utc_or_none,
)
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, PaymentId, bucket_of, encode
from ledgerline.flows.request_refund import RefundOrder, check_refund, request_refund
from ledgerline.invoicing import views as invoices
from ledgerline.payments import views
from ledgerline.payments.model import RefundState
from ledgerline.payments.rows.shown import RefundsAsked, RefundView
from ledgerline.payments.rules.prospects import asked_at, goes_out_at

MinorUnits = Annotated[int, Meta(ge=1, le=MINOR_UNITS_MAX)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]


class RefundStatus(StrEnum):
    """Where a refund stands, as callers see it."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"


class RefundsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which refunds; ``status`` takes several, separated by commas."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    customer: CustomerIdText | None = None
    payment: PaymentIdText | None = None
    invoice: InvoiceIdText | None = None
    status: States | None = None


class RefundBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a payment to give back, in minor units; all that is left unless given.

    ``from_on`` says that it is for the days from that one on, to the end of what was billed: no
    more is given back than they are still worth, and exactly that without an ``amount``. A
    cancellation does not give them back a second time. The day must not be ahead.
    """

    payment: PaymentIdText
    reason: Reason
    amount: MinorUnits | None = None
    from_on: date | None = None
    validate_only: bool = False


class Refund(Struct, frozen=True, kw_only=True):
    """Money given back. ``status`` is ``processing``, ``succeeded`` or ``failed``.

    ``cause``: ``asked``; ``late_change``, for a change that was paid too late; ``late_success``,
    for money that came when its charge had been given up; ``credit``, where credit is paid out.

    ``next_try_at`` is when it goes out again, where the provider executed nothing so far.
    """

    id: str
    object: str = "refund"
    livemode: bool
    status: str
    customer: str
    payment: str
    invoice: str
    total: Money
    cause: str
    reason: str
    credit_note: str | None
    receipt: str | None
    reversal_receipt: str | None
    provider_reference: str | None
    provider_code: str | None
    next_try_at: datetime | None
    created: datetime
    ended: datetime | None


class RefundPreview(Struct, frozen=True, kw_only=True):
    """What a refund would give back."""

    object: str = "refund_preview"
    livemode: bool
    as_of: datetime
    payment: str
    total: Money


_ENDED: Final = frozenset({RefundState.SUCCEEDED, RefundState.FAILED, RefundState.REVERSED})
_STATES: Final[dict[str, list[str]]] = {
    RefundStatus.PROCESSING: sorted(frozenset(RefundState) - _ENDED),
    RefundStatus.SUCCEEDED: [RefundState.SUCCEEDED],
    RefundStatus.FAILED: [RefundState.FAILED],
    RefundStatus.REVERSED: [RefundState.REVERSED],
}


async def create(call: Call) -> Answer:
    """Refund a payment or part of it: 201 once the provider answered, 202 before."""
    body: RefundBody = call.body
    payment_id = PaymentId(read_id("payment", body.payment))
    order = RefundOrder(payment_id, body.amount, body.reason, body.from_on)
    if body.validate_only:
        return await _preview(call, order)
    refund_id = await request_refund(call.run, call.psps, order, command=call.command)
    row = await _read(call, refund_id)
    ended = row.state in _ENDED
    shown = _shape(call, row)
    return Answer(201 if ended else 202, shown, location=f"/v1/refunds/{shown.id}", is_final=ended)


async def get(call: Call) -> Answer:
    """Read one refund."""
    return Answer(200, _shape(call, await _read(call, call.id("refund"))))


async def list_(call: Call) -> Answer:
    """List refunds, of a customer, of a payment, of an invoice or of all."""
    query: RefundsQuery = call.query
    customer_id = None if query.customer is None else read_id("customer", query.customer)
    payment_id = None if query.payment is None else read_id("payment", query.payment)
    invoice_id = None if query.invoice is None else read_id("invoice", query.invoice)
    owner = payment_id or invoice_id or customer_id
    asked = RefundsAsked(
        before=lists.before(call),
        bucket=None if owner is None else bucket_of(owner),
        customer_id=customer_id,
        payment_id=payment_id,
        invoice_id=invoice_id,
        states=None,
        limit=query.limit + 1,
    )
    named = lists.states(query.status, RefundStatus)
    states = None if named is None else [one for name in named for one in _STATES[name]]
    async with call.run.reading() as read:
        if invoice_id is not None and payment_id is None:
            asked = await _of_invoice(read, asked, invoice_id)
        if owner is None:
            rows = await lists.each(
                lists.singly(states),
                lambda some: views.refunds(read, asked._replace(states=some)),
                limit=asked.limit,
            )
        else:
            rows = await views.refunds(read, asked._replace(states=states))
    return lists.page(call, rows, shape=lambda row: _shape(call, row))


async def _of_invoice(read: ReadTx, asked: RefundsAsked, invoice_id: UUID) -> RefundsAsked:
    """Look for the refunds of an invoice among those of its customer: an index has these."""
    found = await invoices.invoice(read, bucket=bucket_of(invoice_id), id=invoice_id)
    if found is None or asked.customer_id not in {None, found.customer_id}:
        return asked._replace(limit=0)
    return asked._replace(customer_id=found.customer_id)


async def _preview(call: Call, order: RefundOrder) -> Answer:
    amount = (await check_refund(call.run, order)).amount_minor
    async with call.run.reading() as read:
        payment = await views.payment(read, bucket=bucket_of(order.payment_id), id=order.payment_id)
    assert payment is not None, order
    shown = RefundPreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        payment=encode(PREFIXES["payment"], payment.id),
        total=money(amount, payment.currency),
    )
    return Answer(200, shown)


async def shown(call: Call, refund_id: UUID) -> Refund:
    """Read a refund as callers see it."""
    return _shape(call, await _read(call, refund_id))


async def _read(call: Call, refund_id: UUID) -> RefundView:
    async with call.run.reading() as read:
        row = await views.refund(read, bucket=bucket_of(refund_id), id=refund_id)
    if row is None:
        raise nothing_here("refund")
    return row


def _shape(call: Call, row: RefundView) -> Refund:
    note, receipt, back = row.credit_note_id, row.receipt_id, row.reversal_receipt_id
    return Refund(
        id=encode(PREFIXES["refund"], row.id),
        livemode=call.livemode,
        status=row.state if row.state in _ENDED else RefundStatus.PROCESSING,
        customer=encode(PREFIXES["customer"], row.customer_id),
        payment=encode(PREFIXES["payment"], row.payment_id),
        invoice=encode(PREFIXES["invoice"], row.invoice_id),
        total=money(row.amount_minor, row.currency),
        cause=row.cause,
        reason=row.reason,
        credit_note=None if note is None else encode(PREFIXES["credit_note"], note),
        receipt=None if receipt is None else encode(PREFIXES["receipt"], receipt),
        reversal_receipt=None if back is None else encode(PREFIXES["receipt"], back),
        provider_reference=row.psp_ref,
        provider_code=row.psp_code,
        next_try_at=utc_or_none(goes_out_at(row)),
        created=asked_at(row),
        ended=utc_or_none(row.ended_at),
    )


def _about(call: Call) -> UUID:
    return read_id("payment", call.body.payment)


OPERATIONS: Final = (
    Operation(
        name="create_refund", method="POST", path="/v1/refunds",
        summary="Give a payment or part of it back", handle=create,
        gives={200: RefundPreview, 201: Refund, 202: Refund}, body=RefundBody,
        keyed=Keyed.REQUIRED, about=_about,
    ),
    Operation(
        name="list_refunds", method="GET", path="/v1/refunds", summary="List refunds",
        handle=list_, gives={200: Page[Refund]}, query=RefundsQuery,
    ),
    Operation(
        name="get_refund", method="GET", path="/v1/refunds/{id}", summary="Read a refund",
        handle=get, gives={200: Refund},
    ),
)  # fmt: skip

"""Exceptions: what no machine may decide alone, and what people decide about it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api import lists
from ledgerline.api.operations import Answer, Call, Keyed, Operation, nothing_here, read_id
from ledgerline.api.refunds import MinorUnits, Refund, shown
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    CursorText,
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
from ledgerline.base.ids import PREFIXES, ExceptionId, PaymentId, bucket_of, encode
from ledgerline.flows.adopt_exception import (
    Adoption,
    Effect,
    adopt_exception,
    preview_adoption,
)
from ledgerline.flows.assign_exception import assign_exception
from ledgerline.flows.bear_own_failures import subject_of
from ledgerline.flows.close_exception import Decision, close_exception
from ledgerline.flows.refund_exception import Return, preview_return, refund_exception
from ledgerline.flows.withdraw_model import subject_of_model
from ledgerline.payments import views
from ledgerline.payments.rows.exceptions import ExceptionsAsked, ExceptionView
from ledgerline.payments.rules.exceptions import HANDLING, Reason, due_at, overdue_before

NoteText = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\S")]
PersonText = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
ReferenceText = Annotated[str, Meta(min_length=1, max_length=255, pattern="^[!-~]+$")]


class ExceptionStatus(StrEnum):
    """Whether somebody has to look at it."""

    OPEN = "open"
    CLOSED = "closed"


class ExceptionsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which exceptions; ``status`` takes several, separated by commas.

    ``overdue`` ones are open still after the day by which somebody is to look at them.
    """

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    status: States | None = None
    reason: Reason | None = None
    assigned_to: PersonText | None = None
    overdue: bool = False


class CloseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found, decided or done. No personal data: an erasure deletes it."""

    note: NoteText


class AssignBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who works on it, null for nobody."""

    assigned_to: PersonText | None


class AdoptBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the books take it in, and what they do not know yet.

    ``refunded`` is what the provider gave back of a charge, and ``payment`` what was refunded where
    a settlement line tells of it.
    """

    note: NoteText
    provider_reference: ReferenceText | None = None
    refunded: MinorUnits | None = None
    payment: PaymentIdText | None = None
    validate_only: bool = False


class ReturnBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the money goes back; the provider's id of the charge, where it is not known."""

    note: NoteText
    provider_reference: ReferenceText | None = None
    validate_only: bool = False


class MoneyException(Struct, frozen=True, kw_only=True):
    """What no machine may decide alone. ``status`` is ``open`` or ``closed``.

    ``subject`` names a charge (``att_``), a refund, a payment, a settlement file, a payout, a
    merchant account or a model (``routing:SELLER``, ``retry:SELLER``); null where only ``detail``
    names it. ``due`` is by when somebody is to look at it and ``ended_by`` what ends it.
    ``closed_by`` and ``resolution`` are null where a fact ended it; the words are deleted by an
    erasure of the customer.
    """

    id: str
    object: str = "exception"
    livemode: bool
    status: str
    reason: str
    subject_kind: str
    subject: str | None
    payment: str | None
    detail: str
    ended_by: str
    assigned_to: str | None
    opened: datetime
    due: datetime
    overdue: bool
    closed: datetime | None
    closed_by: str | None
    resolution: str | None


class BookEntry(Struct, frozen=True, kw_only=True):
    """What is booked: an amount from one account to another."""

    debit: str
    credit: str
    total: Money


class DecisionPreview(Struct, frozen=True, kw_only=True):
    """What a decision would do, in words, and what it would book."""

    object: str = "decision_preview"
    livemode: bool
    as_of: datetime
    exception: str
    payment: str
    text: str
    total: Money
    entries: list[BookEntry]


async def list_(call: Call) -> Answer:
    """List exceptions, the newest first."""
    query: ExceptionsQuery = call.query
    states = lists.states(query.status, ExceptionStatus) or list(ExceptionStatus)
    late = overdue_before(call.run.now()) if query.overdue else None
    asked = ExceptionsAsked(
        before=lists.before(call),
        open_only=query.overdue or ExceptionStatus.CLOSED not in states,
        closed_only=ExceptionStatus.OPEN not in states,
        reasons=None if query.reason is None else [query.reason],
        assigned_to=query.assigned_to,
        late_reasons=None if late is None else list(late),
        late_before=[] if late is None else list(late.values()),
        limit=query.limit + 1,
    )
    async with call.run.reading() as read:
        rows = await views.exceptions(read, asked)
        accounts = await _accounts(read)
    return lists.page(call, rows, shape=lambda row: _shape(call, row, accounts))


async def get(call: Call) -> Answer:
    """Read one exception."""
    return Answer(200, await _show(call))


async def close(call: Call) -> Answer:
    """Close what a person has decided; what only a fact ends is refused."""
    body: CloseBody = call.body
    row = await _read(call)
    decision = Decision(
        bucket=row.bucket,
        subject_id=row.subject_id,
        reason=Reason(row.reason),
        by=call.principal,
        note=body.note,
    )
    await close_exception(call.run, decision, command=call.command)
    return Answer(200, await _show(call))


async def assign(call: Call) -> Answer:
    """Say who works on it."""
    body: AssignBody = call.body
    await assign_exception(call.run, _id(call), to=body.assigned_to, command=call.command)
    return Answer(200, await _show(call))


async def adopt(call: Call) -> Answer:
    """Take it into the books, or show what that would do."""
    body: AdoptBody = call.body
    payment = body.payment
    adoption = Adoption(
        exception_id=_id(call),
        by=call.principal,
        note=body.note,
        psp_ref=body.provider_reference,
        amount_minor=body.refunded,
        payment_id=None if payment is None else PaymentId(read_id("payment", payment)),
    )
    if body.validate_only:
        return Answer(200, _preview(call, await preview_adoption(call.run, adoption)))
    await adopt_exception(call.run, adoption, command=call.command)
    return Answer(200, await _show(call))


async def refund(call: Call) -> Answer:
    """Give its money back: 202, since a worker sends the refund."""
    body: ReturnBody = call.body
    order = Return(
        exception_id=_id(call),
        by=call.principal,
        note=body.note,
        psp_ref=body.provider_reference,
    )
    if body.validate_only:
        return Answer(200, _preview(call, await preview_return(call.run, order)))
    refund_id = await refund_exception(call.run, order, command=call.command)
    return Answer(202, await shown(call, refund_id))


def _preview(call: Call, effect: Effect) -> DecisionPreview:
    total = money(effect.amount.minor, effect.amount.currency)
    return DecisionPreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        exception=encode(PREFIXES["exception"], _id(call)),
        payment=encode(PREFIXES["payment"], effect.payment_id),
        text=effect.words,
        total=total,
        entries=[
            BookEntry(debit=debit, credit=credit, total=total) for debit, credit in effect.books
        ],
    )


async def _show(call: Call) -> MoneyException:
    async with call.run.reading() as read:
        accounts = await _accounts(read)
    return _shape(call, await _read(call), accounts)


async def _read(call: Call) -> ExceptionView:
    exception_id = _id(call)
    async with call.run.reading() as read:
        row = await views.exception(read, bucket=bucket_of(exception_id), id=exception_id)
    if row is None:
        raise nothing_here("exception")
    return row


async def _accounts(read: ReadTx) -> dict[UUID, str]:
    accounts = {subject_of(row.code): row.code for row in await views.account_codes(read)}
    models = await views.switched_models(read)
    return accounts | {subject_of_model(*row): row.name for row in models}


def _shape(call: Call, row: ExceptionView, accounts: Mapping[UUID, str]) -> MoneyException:
    due = due_at(row.reason, row.opened_at)
    is_open = row.closed_at is None
    payment = row.payment_id
    return MoneyException(
        id=encode(PREFIXES["exception"], row.id),
        livemode=call.livemode,
        status=ExceptionStatus.OPEN if is_open else ExceptionStatus.CLOSED,
        reason=row.reason,
        subject_kind=row.kind.replace(" ", "_"),
        subject=_subject(row, accounts),
        payment=None if payment is None else encode(PREFIXES["payment"], payment),
        detail=row.detail,
        ended_by=HANDLING[Reason(row.reason)].ended_by,
        assigned_to=row.assigned_to,
        opened=utc(row.opened_at),
        due=utc(due),
        overdue=is_open and due < call.run.now(),
        closed=utc_or_none(row.closed_at),
        closed_by=row.closed_by,
        resolution=row.resolution or None,
    )


def _subject(row: ExceptionView, accounts: Mapping[UUID, str]) -> str | None:
    prefix = PREFIXES.get(row.kind.replace(" ", "_"))
    return accounts.get(row.subject_id) if prefix is None else encode(prefix, row.subject_id)


def _id(call: Call) -> ExceptionId:
    return ExceptionId(call.id("exception"))


_PATH: Final = "/v1/exceptions/{id}"
OPERATIONS: Final = (
    Operation(
        name="list_exceptions", method="GET", path="/v1/exceptions", summary="List exceptions",
        handle=list_, gives={200: Page[MoneyException]}, query=ExceptionsQuery,
    ),
    Operation(
        name="get_exception", method="GET", path=_PATH, summary="Read an exception", handle=get,
        gives={200: MoneyException},
    ),
    Operation(
        name="close_exception", method="POST", path=f"{_PATH}/close",
        summary="Close what a person has decided", handle=close, gives={200: MoneyException},
        body=CloseBody, keyed=Keyed.OPTIONAL, about=_id,
    ),
    Operation(
        name="assign_exception", method="POST", path=f"{_PATH}/assign",
        summary="Say who works on an exception", handle=assign, gives={200: MoneyException},
        body=AssignBody, keyed=Keyed.OPTIONAL, about=_id,
    ),
    Operation(
        name="adopt_exception", method="POST", path=f"{_PATH}/adopt",
        summary="Take into the books what an exception tells of", handle=adopt,
        gives={200: (MoneyException, DecisionPreview)}, body=AdoptBody, keyed=Keyed.REQUIRED,
        about=_id,
    ),
    Operation(
        name="refund_exception", method="POST", path=f"{_PATH}/refund",
        summary="Give back the money that an exception tells of", handle=refund,
        gives={200: DecisionPreview, 202: Refund}, body=ReturnBody, keyed=Keyed.REQUIRED,
        about=_id,
    ),
)  # fmt: skip

"""Credit notes: what corrects issued invoices, listed and read."""

from datetime import date
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.api import lists
from ledgerline.api.operations import Answer, Call, Operation, nothing_here, read_id
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    CursorText,
    CustomerIdText,
    Days,
    InvoiceIdText,
    Limit,
    Money,
    Page,
    money,
)
from ledgerline.base.ids import PREFIXES, bucket_of, encode
from ledgerline.invoicing import views
from ledgerline.invoicing.rows.shown import CreditNoteLineView, CreditNotesAsked, CreditNoteView


class CreditNotesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which credit notes."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    customer: CustomerIdText | None = None
    invoice: InvoiceIdText | None = None


class CreditNoteLine(Struct, frozen=True, kw_only=True):
    """What is given back of one line of the invoice, and over which days."""

    text: str
    component: str
    kind: str
    plan: str
    period: Days
    net: Money
    tax: Money
    total: Money


class CreditNote(Struct, frozen=True, kw_only=True):
    """A correction of an issued invoice; ``lines`` only where one credit note is asked for.

    ``settles`` says what it lowers: the ``receivable`` that was open, or else it became
    ``customer_credit`` (of a refund, which pays it out at once).
    """

    id: str
    object: str = "credit_note"
    livemode: bool
    number: str | None
    number_state: str
    reason: str
    settles: str
    customer: str
    invoice: str
    seller: str
    net: Money
    tax: Money
    total: Money
    issued_on: date
    lines: list[CreditNoteLine] | None = None


async def get(call: Call) -> Answer:
    """Read one credit note with its lines."""
    return Answer(200, await read(call, call.id("credit_note")))


async def read(call: Call, note_id: UUID) -> CreditNote:
    """Read one credit note with its lines, also for who has just given it."""
    bucket = bucket_of(note_id)
    async with call.run.reading() as tx:
        row = await views.credit_note(tx, bucket=bucket, id=note_id)
        lines = await views.credit_note_lines(tx, bucket=bucket, credit_note_id=note_id)
    if row is None:
        raise nothing_here("credit note")
    return shape(call, row, lines=[_line(one) for one in lines])


async def list_(call: Call) -> Answer:
    """List credit notes, of a customer, of an invoice or of all."""
    query: CreditNotesQuery = call.query
    customer_id = None if query.customer is None else read_id("customer", query.customer)
    invoice_id = None if query.invoice is None else read_id("invoice", query.invoice)
    owner = invoice_id or customer_id
    asked = CreditNotesAsked(
        before=lists.before(call),
        bucket=None if owner is None else bucket_of(owner),
        customer_id=customer_id,
        invoice_id=invoice_id,
        limit=query.limit + 1,
    )
    async with call.run.reading() as read:
        rows = await views.listed_credit_notes(read, asked)
    return lists.page(call, rows, shape=lambda row: shape(call, row))


def number_state(number: str | None, *, is_waiting: bool) -> str:
    """Say whether a document has its number, waits for it, or is none yet."""
    if number is not None:
        return "stamped"
    return "waiting" if is_waiting else "none"


def shape(
    call: Call, row: CreditNoteView, *, lines: list[CreditNoteLine] | None = None
) -> CreditNote:
    """Show a credit note."""
    return CreditNote(
        id=encode(PREFIXES["credit_note"], row.id),
        livemode=call.livemode,
        number=row.number,
        number_state=number_state(row.number, is_waiting=row.is_waiting),
        reason=row.reason,
        settles=row.settles,
        customer=encode(PREFIXES["customer"], row.customer_id),
        invoice=encode(PREFIXES["invoice"], row.invoice_id),
        seller=row.seller_code,
        net=money(row.net_minor, row.currency),
        tax=money(row.tax_minor, row.currency),
        total=money(row.total_minor, row.currency),
        issued_on=row.issued_on,
        lines=lines,
    )


def _line(row: CreditNoteLineView) -> CreditNoteLine:
    return CreditNoteLine(
        text=row.plan_name,
        component=row.component,
        kind=row.kind,
        plan=row.plan_code,
        period=Days(row.credit_start, row.credit_end),
        net=money(row.net_minor, row.currency),
        tax=money(row.tax_minor, row.currency),
        total=money(row.gross_minor, row.currency),
    )


OPERATIONS: Final = (
    Operation(
        name="list_credit_notes", method="GET", path="/v1/credit-notes",
        summary="List credit notes", handle=list_, gives={200: Page[CreditNote]},
        query=CreditNotesQuery,
    ),
    Operation(
        name="get_credit_note", method="GET", path="/v1/credit-notes/{id}",
        summary="Read a credit note with its lines", handle=get, gives={200: CreditNote},
    ),
)  # fmt: skip

"""Documents before they are issued: what the next invoice or a credit note will say."""

from datetime import date
from typing import Annotated, Final

from msgspec import Meta, Struct

from ledgerline.api.documents import PDF, drawn
from ledgerline.api.operations import JSON, Answer, Call, Operation, read_id
from ledgerline.api.refusals import InvalidValue
from ledgerline.api.shapes import (
    MINOR_UNITS_MAX,
    InvoiceIdText,
    PaymentIdText,
    SubscriptionIdText,
)
from ledgerline.base.ids import InvoiceId, PaymentId, SubscriptionId
from ledgerline.documents import forms
from ledgerline.documents.render import Paper
from ledgerline.documents.snapshot import Document, encode
from ledgerline.flows.preview_credit_note import preview_credit_note
from ledgerline.flows.preview_document import preview_document
from ledgerline.flows.preview_next_invoice import preview_next_invoice
from ledgerline.flows.request_refund import RefundOrder


class InvoicePreviewQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which invoice: the next one of a subscription, or one that has no number yet."""

    subscription: SubscriptionIdText | None = None
    invoice: InvoiceIdText | None = None
    paper: Paper = Paper.A4


class NotePreviewQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What would be refunded: of which payment, how much, and for the days from which one on."""

    payment: PaymentIdText
    amount: Annotated[int, Meta(ge=1, le=MINOR_UNITS_MAX)] | None = None
    from_on: date | None = None
    paper: Paper = Paper.A4


async def invoice(call: Call) -> Answer:
    """Say what an invoice will say."""
    return Answer(200, encode((await _invoice(call)).body))


async def print_invoice(call: Call) -> Answer:
    """Print what an invoice will say."""
    query: InvoicePreviewQuery = call.query
    document = await _invoice(call)
    return await drawn(lambda: forms.pdf(document, paper=query.paper), PDF)


async def credit_note(call: Call) -> Answer:
    """Say what the credit note of a refund will say."""
    return Answer(200, encode((await _credit_note(call)).body))


async def print_credit_note(call: Call) -> Answer:
    """Print what the credit note of a refund will say."""
    query: NotePreviewQuery = call.query
    document = await _credit_note(call)
    return await drawn(lambda: forms.pdf(document, paper=query.paper), PDF)


async def _invoice(call: Call) -> Document:
    query: InvoicePreviewQuery = call.query
    if (query.subscription is None) == (query.invoice is None):
        raise InvalidValue("either a subscription or an invoice is named", pointer="/subscription")
    if query.invoice is not None:
        return await preview_document(call.run, InvoiceId(read_id("invoice", query.invoice)))
    subscription_id = SubscriptionId(read_id("subscription", query.subscription or ""))
    return await preview_next_invoice(call.run, subscription_id)


async def _credit_note(call: Call) -> Document:
    query: NotePreviewQuery = call.query
    payment_id = PaymentId(read_id("payment", query.payment))
    order = RefundOrder(payment_id, query.amount, "preview", query.from_on)
    return await preview_credit_note(call.run, order)


OPERATIONS: Final = (
    Operation(
        name="preview_invoice", method="GET", path="/v1/document-previews/invoice.json",
        summary="Preview an invoice", handle=invoice, gives={200: bytes},
        query=InvoicePreviewQuery, media_type=JSON,
    ),
    Operation(
        name="print_invoice_preview", method="GET", path="/v1/document-previews/invoice.pdf",
        summary="Print a preview of an invoice", handle=print_invoice, gives={200: bytes},
        query=InvoicePreviewQuery, media_type=PDF,
    ),
    Operation(
        name="preview_credit_note", method="GET", path="/v1/document-previews/credit-note.json",
        summary="Preview the credit note of a refund", handle=credit_note, gives={200: bytes},
        query=NotePreviewQuery, media_type=JSON,
    ),
    Operation(
        name="print_credit_note_preview", method="GET",
        path="/v1/document-previews/credit-note.pdf",
        summary="Print a preview of the credit note of a refund", handle=print_credit_note,
        gives={200: bytes}, query=NotePreviewQuery, media_type=PDF,
    ),
)  # fmt: skip

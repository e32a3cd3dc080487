"""Receipts and invoices: a list by year, each as PDF, and a year as one archive."""

import asyncio
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.calendar import local_date
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.documents import forms
from ledgerline.documents.render import Paper
from ledgerline.documents.snapshot import Document
from ledgerline.flows.read_document import read_document
from ledgerline.invoicing import views as invoicing
from ledgerline.invoicing.rows.shown import CreditNotesAsked, InvoicesAsked
from ledgerline.receipts import views as receipts
from ledgerline.receipts.model import ReceiptKind
from ledgerline.storefront.portal.reading import TOP, months_of
from ledgerline.storefront.portal.visit import HOME, Visit
from ledgerline.web.forms import PageMissing
from ledgerline.web.policy import headers_of
from ledgerline.web.wire import Response

PAPERS_MAX: Final = 500
_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_PREFIXES: Final[Mapping[str, str]] = {
    "inv": "invoice", "cn": "credit_note", "rcp": "receipt",
}  # fmt: skip


class Numbered(NamedTuple):
    """A document of the customer that has its number; money that goes out has a minus."""

    id: UUID
    kind: str
    number: str
    on: date
    amount_minor: int
    currency: str


async def show(visit: Visit) -> Response:
    """List what was issued in a year, the newest first."""
    zone = visit.customer.zone
    this = local_date(visit.run.now(), zone).year
    first = local_date(visit.customer.created_at, zone).year
    years = list(range(this, first - 1, -1))
    asked = visit.asked().get("year")
    year = next((one for one in years if str(one) == asked), this)
    found = await _numbered(visit, months_of(visit, year=year))
    rows = [shown(visit, one) for one in found if one.on.year == year]
    said: dict[str, object] = {
        "tab": "papers", "papers": rows, "year": year, "years": years,
    }  # fmt: skip
    return visit.page("portal_papers.html", said)


async def proofs(visit: Visit) -> list[dict[str, object]]:
    """List the newest receipts, for the first page."""
    found = await _receipts(visit, months_of(visit)[:13])
    return [shown(visit, one) for one in found]


async def print_(visit: Visit) -> Response:
    """Print a document of the customer; raises ``PageMissing`` for any other."""
    name, id = visit.part["paper"], await _own(visit, visit.part["paper"])
    kept = await read_document(visit.run, id)
    body = await asyncio.to_thread(lambda: forms.pdf(kept.document, paper=Paper.A4))
    return _file(body, "application/pdf", f"{_file_name(kept.document.number) or name}.pdf")


async def pack(visit: Visit) -> Response:
    """Pack what was issued in a year, each document under its number."""
    year = int(visit.part["year"])
    found = await _numbered(visit, months_of(visit, year=year))
    ids = [one.id for one in found if one.on.year == year]
    if not ids:
        raise PageMissing
    documents = [(await read_document(visit.run, id)).document for id in ids]
    body = await asyncio.to_thread(_packed, documents)
    return _file(body, "application/zip", f"{year}.zip")


def shown(visit: Visit, one: Numbered) -> dict[str, object]:
    """Write a document as a list shows it."""
    prefix = PREFIXES["receipt" if one.kind in set(ReceiptKind) else one.kind]
    return {
        "kind": one.kind, "number": one.number, "on": visit.writer.day(one.on),
        "amount": visit.writer.money(one.amount_minor, one.currency),
        "pdf": f"{HOME}/documents/{encode(prefix, one.id)}.pdf",
    }  # fmt: skip


async def _numbered(visit: Visit, months: list[int]) -> list[Numbered]:
    found = [
        *await _receipts(visit, months), *await _invoices(visit, months), *await _notes(visit)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.on, one.id), reverse=True)[:PAPERS_MAX]


async def _receipts(visit: Visit, months: list[int]) -> list[Numbered]:
    async with visit.run.reading() as read:
        rows = await receipts.receipts(
            read, bucket=visit.bucket, customer_id=visit.customer.id, months=months, before=TOP,
            limit=PAPERS_MAX,
        )  # fmt: skip
    return [
        Numbered(
            id=row.id,
            kind=row.kind,
            number=row.number,
            on=local_date(row.issued_at, visit.customer.zone),
            amount_minor=-row.amount_minor if row.kind == ReceiptKind.REFUND else row.amount_minor,
            currency=row.currency,
        )
        for row in rows
        if row.number is not None
    ]


async def _invoices(visit: Visit, months: list[int]) -> list[Numbered]:
    asked = InvoicesAsked(
        before=TOP, bucket=visit.bucket, customer_id=visit.customer.id, subscription_id=None,
        months=months, states=None, limit=PAPERS_MAX,
    )  # fmt: skip
    async with visit.run.reading() as read:
        rows = await invoicing.invoices(read, asked)
    return [
        Numbered(
            id=row.id,
            kind="invoice",
            number=row.number,
            on=row.issued_on,
            amount_minor=row.total_minor,
            currency=row.currency,
        )
        for row in rows
        if row.number is not None
    ]


async def _notes(visit: Visit) -> list[Numbered]:
    asked = CreditNotesAsked(
        before=TOP, bucket=visit.bucket, customer_id=visit.customer.id, invoice_id=None,
        limit=PAPERS_MAX,
    )  # fmt: skip
    async with visit.run.reading() as read:
        rows = await invoicing.listed_credit_notes(read, asked)
    return [
        Numbered(
            id=row.id,
            kind="credit_note",
            number=row.number,
            on=row.issued_on,
            amount_minor=-row.total_minor,
            currency=row.currency,
        )
        for row in rows
        if row.number is not None
    ]


async def _own(visit: Visit, text: str) -> UUID:
    """Find a document of the customer by its id; raises ``PageMissing``."""
    kind = _PREFIXES.get(text.partition("_")[0])
    if kind is None:
        raise PageMissing
    id = visit.own_id(kind, text)
    async with visit.run.reading() as read:
        if kind == "invoice":
            visit.own(await invoicing.invoice(read, bucket=visit.bucket, id=id))
        elif kind == "credit_note":
            visit.own(await invoicing.credit_note(read, bucket=visit.bucket, id=id))
        else:
            visit.own(await receipts.receipt(read, bucket=visit.bucket, id=id))
    return id


def _packed(documents: Sequence[Document]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in documents:
            archive.writestr(f"{_file_name(one.number)}.pdf", forms.pdf(one, paper=Paper.A4))
    return made.getvalue()


def _file(body: bytes, media_type: str, name: str) -> Response:
    headers = {**headers_of("none"), "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(200, body, media_type, headers)


def _file_name(number: str | None) -> str:
    return _NAME.sub("-", number or "").strip("-")

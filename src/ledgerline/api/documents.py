"""Documents: what an invoice, a credit note or a receipt says, as it was sealed, and its forms."""

import asyncio
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.api.operations import JSON, Answer, Call, Operation
from ledgerline.api.shapes import Money, money
from ledgerline.base.ids import PREFIXES, WrongIdKind, bucket_of, decode
from ledgerline.documents import forms
from ledgerline.documents.content import PROOFS
from ledgerline.documents.render import Paper, rendering_key
from ledgerline.documents.snapshot import Body
from ledgerline.flows.read_document import Kept, read_document

KINDS: Final = ("invoice", "credit_note", "receipt")
PDF: Final = "application/pdf"
XML: Final = "application/xml"


class Embedded(StrEnum):
    """What a PDF carries inside for machines."""

    FACTUR_X = "factur_x"


class PdfQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a document is printed."""

    paper: Paper = Paper.A4
    embed: Embedded | None = None


class XmlQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which syntax of EN 16931 a document is written."""

    syntax: forms.Syntax = forms.Syntax.UBL


class Document(Struct, frozen=True, kw_only=True):
    """A numbered document and its place in the chain of its series.

    ``body_sha256`` is the hash of the bytes at ``body``; ``seal`` chains it to the document before
    it. Nothing of it changes any more. ``xml`` is absent where no e-invoice can say it.
    ``rendering`` names what decides the bytes at ``pdf``: renderer, template, fonts and paper.
    """

    id: str
    object: str = "document"
    livemode: bool
    kind: str
    number: str
    series: str
    position: int
    issued_on: date
    language: str
    seller: str
    total: Money
    body_sha256: str
    seal: str
    body: str
    pdf: str
    xml: str | None
    rendering: str


async def get(call: Call) -> Answer:
    """Read a document's place and where its forms are."""
    return Answer(200, _shape(call, await _kept(call)))


async def body(call: Call) -> Answer:
    """Read what a document says, byte for byte as it was hashed."""
    return Answer(200, (await _kept(call)).raw)


async def print_(call: Call) -> Answer:
    """Print a document."""
    query: PdfQuery = call.query
    document = (await _kept(call, as_einvoice=query.embed is not None)).document
    if query.embed is Embedded.FACTUR_X:
        return await drawn(lambda: forms.factur_x(document, paper=query.paper), PDF)
    return await drawn(lambda: forms.pdf(document, paper=query.paper), PDF)


async def xml(call: Call) -> Answer:
    """Write a document as an e-invoice."""
    query: XmlQuery = call.query
    document = (await _kept(call, as_einvoice=True)).document
    return await drawn(lambda: forms.xml(document, query.syntax), XML)


async def drawn(draw: Callable[[], bytes], media_type: str) -> Answer:
    """Draw beside the other requests: it takes some milliseconds of computing."""
    return Answer(200, await asyncio.to_thread(draw), media_type=media_type)


async def _kept(call: Call, *, as_einvoice: bool = False) -> Kept:
    return await read_document(call.run, document_id(call.path["id"]), as_einvoice=as_einvoice)


def document_id(text: str) -> UUID:
    """Read the id of an invoice, a credit note or a receipt; raises ``WrongIdKind``."""
    for kind in KINDS:
        if text.lower().startswith(f"{PREFIXES[kind]}_"):
            found = decode(PREFIXES[kind], text)
            bucket_of(found)
            return found
    prefixes = ", ".join(f"{PREFIXES[kind]}_" for kind in KINDS)
    raise WrongIdKind(f"an id that starts with one of {prefixes} is expected", expected=prefixes)


def _shape(call: Call, kept: Kept) -> Document:
    said, row = kept.document.body, kept.row
    path = f"/v1/documents/{said.id}"
    return Document(
        id=said.id,
        livemode=call.livemode,
        kind=said.kind,
        number=row.display,
        series=said.series,
        position=row.position,
        issued_on=date.fromisoformat(said.issue_date),
        language=said.language,
        seller=kept.document.seller.code,
        total=money(_total(said), said.currency),
        body_sha256=row.body_hash.hex(),
        seal=row.hash.hex(),
        body=f"{path}.json",
        pdf=f"{path}.pdf",
        xml=f"{path}.xml" if forms.has_xml(kept.document) else None,
        rendering=rendering_key(kept.document),
    )


def _total(said: Body) -> int:
    """Return what a document is about: a proof is of what was paid."""
    return said.totals.paid if said.kind in PROOFS else said.totals.gross


OPERATIONS: Final = (
    Operation(
        name="get_document", method="GET", path="/v1/documents/{id}",
        summary="Read a document", handle=get, gives={200: Document},
    ),
    Operation(
        name="get_document_body", method="GET", path="/v1/documents/{id}.json",
        summary="Read what a document says", handle=body, gives={200: bytes}, media_type=JSON,
    ),
    Operation(
        name="print_document", method="GET", path="/v1/documents/{id}.pdf",
        summary="Print a document", handle=print_, gives={200: bytes}, query=PdfQuery,
        media_type=PDF,
    ),
    Operation(
        name="get_document_xml", method="GET", path="/v1/documents/{id}.xml",
        summary="Write a document as an e-invoice", handle=xml, gives={200: bytes},
        query=XmlQuery, media_type=XML,
    ),
)  # fmt: skip

"""Documents, and previews of them, as files: pages, e-invoices, bodies."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from ledgerline.base.ids import PREFIXES, InvoiceId, PaymentId, SubscriptionId, WrongIdKind, decode
from ledgerline.base.run import Run
from ledgerline.cli import output, program
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.documents import forms
from ledgerline.documents.render import Paper
from ledgerline.documents.snapshot import Document, encode
from ledgerline.flows.preview_credit_note import preview_credit_note
from ledgerline.flows.preview_document import preview_document
from ledgerline.flows.preview_next_invoice import preview_next_invoice
from ledgerline.flows.read_document import read_document
from ledgerline.flows.request_refund import RefundOrder

KINDS: Final = ("invoice", "credit_note", "receipt")
_SUFFIXES: Final = (".pdf", ".xml", ".json")
_PAPER: Final[Any] = typer.Option(help="The sheet of a PDF.")
_FILE: Final[Any] = typer.Argument(help="A file that ends in .pdf, .xml or .json.")


class Form(StrEnum):
    """A form of an e-invoice."""

    UBL = "ubl"
    CII = "cii"
    FACTUR_X = "factur_x"


def export(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="Id of an invoice, credit note or receipt.")],
    file: Annotated[Path, _FILE],
    *,
    paper: Annotated[Paper, _PAPER] = Paper.A4,
    form: Annotated[
        Form | None, typer.Option(help="ubl or cii of an .xml, factur_x of a .pdf.")
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Write a document to a file: its pages, its e-invoice, or its body as it was hashed."""
    suffix = _suffix(file)
    allowed = {".xml": (None, Form.UBL, Form.CII), ".pdf": (None, Form.FACTUR_X)}.get(suffix)
    if form not in (allowed or (None,)):
        raise CommandFailed(f"no {suffix} file is {form}", hint="another --form, or none")
    as_einvoice = suffix == ".xml" or form is Form.FACTUR_X
    document_id = read_document_id(document)
    kept = program.wait(
        _opened(
            program.of(context),
            lambda run: read_document(run, document_id, as_einvoice=as_einvoice),
        )
    )
    said = kept.document
    match suffix:
        case ".pdf" if form is Form.FACTUR_X:
            content = forms.factur_x(said, paper=paper)
        case ".pdf":
            content = forms.pdf(said, paper=paper)
        case ".xml":
            content = forms.xml(said, forms.Syntax(form or Form.UBL))
        case _:
            content = kept.raw
    _write(file, content, as_json=as_json)


def preview(
    context: typer.Context,
    of: Annotated[
        str, typer.Argument(help="A subscription, an invoice without number, or a payment.")
    ],
    file: Annotated[Path, _FILE],
    *,
    amount: Annotated[
        int | None, typer.Option(min=1, help="Of a payment: minor units to refund; default: all.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Of a payment: for the days from here."),
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Write what the next invoice, an invoice, or the credit note of a refund will say."""
    suffix = _suffix(file)
    if suffix == ".xml":
        raise CommandFailed("a preview is no e-invoice", hint="a file that ends in .pdf or .json")
    look = _look(of, amount, None if since is None else since.date())
    said = program.wait(_opened(program.of(context), look))
    content = forms.pdf(said) if suffix == ".pdf" else encode(said.body)
    _write(file, content, as_json=as_json)


def _look(
    text: str, amount: int | None, since: date | None
) -> Callable[[Run], Awaitable[Document]]:
    """Find out what is to be shown, by the kind of the id."""
    found = {kind: _id(kind, text) for kind in ("subscription", "invoice", "payment")}
    if (subscription_id := found["subscription"]) is not None:
        return lambda run: preview_next_invoice(run, SubscriptionId(subscription_id))
    if (invoice_id := found["invoice"]) is not None:
        return lambda run: preview_document(run, InvoiceId(invoice_id))
    if (payment_id := found["payment"]) is not None:
        order = RefundOrder(PaymentId(payment_id), amount, "preview", since)
        return lambda run: preview_credit_note(run, order)
    raise CommandFailed(
        f"nothing can be shown of {text}", hint="an id that starts with sub_, inv_ or pay_"
    )


def _id(kind: str, text: str) -> UUID | None:
    try:
        return decode(PREFIXES[kind], text)
    except WrongIdKind:
        return None


def read_document_id(text: str) -> UUID:
    """Read the id of a document, of whichever kind; raises ``CommandFailed``."""
    for kind in KINDS:
        found = _id(kind, text)
        if found is not None:
            return found
    prefixes = ", ".join(f"{PREFIXES[kind]}_" for kind in KINDS)
    raise CommandFailed(f"{text} is no id of a document", hint=f"an id that starts with {prefixes}")


async def _opened(of: Program, look: Callable[[Run], Awaitable[Any]]) -> Any:
    async with of.open() as running:
        await check_key(running.run)
        return await look(await running.run.at_clock())


def _suffix(file: Path) -> str:
    if file.suffix not in _SUFFIXES:
        raise CommandFailed(
            f"{file} has none of the forms of a document", hint="a name that ends in .pdf"
        )
    if file.exists():
        raise CommandFailed(f"{file} exists already", hint="another name, or remove it first")
    return file.suffix


def _write(file: Path, content: bytes, *, as_json: bool) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error}", hint="another folder") from error
    output.show({"file": str(file), "bytes": len(content)}, as_json=as_json)

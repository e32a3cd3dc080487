"""The forms of a document: pages for people, XML for machines, and both in one file."""

from enum import StrEnum

from ledgerline.base.errors import Rejected
from ledgerline.documents.einvoice.check import check
from ledgerline.documents.einvoice.cii import cii
from ledgerline.documents.einvoice.facturx import FILE_NAME, splice
from ledgerline.documents.einvoice.ubl import ubl
from ledgerline.documents.render import Attachment, Paper, render_pdf
from ledgerline.documents.snapshot import Document


class Syntax(StrEnum):
    """A syntax of EN 16931."""

    UBL = "ubl"
    CII = "cii"


def pdf(document: Document, *, paper: Paper = Paper.A4) -> bytes:
    """Draw a document; raises ``FontsMissing``."""
    return render_pdf(document, paper=paper)


def xml(document: Document, syntax: Syntax) -> bytes:
    """Write a document as an e-invoice; raises what says why EN 16931 cannot carry it."""
    check(document)
    return ubl(document) if syntax is Syntax.UBL else cii(document)


def factur_x(document: Document, *, paper: Paper = Paper.A4) -> bytes:
    """Draw a document that carries its e-invoice inside; raises as `xml` and `pdf` do.

    Source: Factur-X 1.0.07, profile EN 16931.
    """
    said = xml(document, Syntax.CII)
    attachment = Attachment(FILE_NAME, said, "text/xml", "Factur-X")
    return splice(render_pdf(document, paper=paper, attachment=attachment), said)


def has_xml(document: Document) -> bool:
    """Say whether an e-invoice can say what a document says."""
    try:
        check(document)
    except Rejected:
        return False
    return True

"""Files of others, read without trust: an e-invoice as XML, or the one that a PDF carries.

No entity is expanded, nothing is fetched, and what is too large is not unpacked.
"""

import io
import zlib
from enum import StrEnum
from typing import Any, Final

from ledgerline.documents.einvoice.extra import load
from ledgerline.documents.einvoice.refusals import EinvoiceUnreadable

BYTES_MAX: Final = 10 * 1024 * 1024
# Names that hybrid invoices give their XML: Factur-X, ZUGFeRD 2, ZUGFeRD 1, XRechnung in ZUGFeRD.
ATTACHED_NAMES: Final = (
    "factur-x.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml",
)  # fmt: skip

_PDF: Final = b"%PDF-"
_PDF_WITHIN: Final = 1024
_SCHEMA_INSTANCE: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
# They name files, which the schema library would go and look for.
_HINTS: Final = (
    f"{_SCHEMA_INSTANCE}schemaLocation",
    f"{_SCHEMA_INSTANCE}noNamespaceSchemaLocation",
)


class Unread(StrEnum):
    """Why a file could not be read."""

    TOO_LARGE = "too_large"
    NOT_XML = "not_xml"
    DOCTYPE = "doctype"
    UNKNOWN_ROOT = "unknown_root"
    NOT_PDF = "not_pdf"
    PDF_WITHOUT_XML = "pdf_without_xml"
    PACKED = "packed"
    DEADLINE = "deadline"
    CRASHED = "crashed"


_TEXTS: Final = {
    Unread.TOO_LARGE: f"it is larger than {BYTES_MAX // 1024 // 1024} MB",
    Unread.NOT_XML: "it is neither well-formed XML nor a PDF",
    Unread.DOCTYPE: "it has a document type declaration, which no e-invoice has",
    Unread.UNKNOWN_ROOT: "it is XML, but neither a UBL invoice or credit note nor a CII invoice",
    Unread.NOT_PDF: "it begins as a PDF, but cannot be opened as one",
    Unread.PDF_WITHOUT_XML: f"it is a PDF without any of {', '.join(ATTACHED_NAMES)}",
    Unread.PACKED: "its XML is packed in a way that is not unpacked here",
    Unread.DEADLINE: "checking it took too long and was stopped",
    Unread.CRASHED: "checking it ended the process that checked, twice",
}


def unreadable(reason: Unread, **facts: object) -> EinvoiceUnreadable:
    """Say why a file could not be read."""
    return EinvoiceUnreadable(_TEXTS[reason], reason=str(reason), **facts)


def xml_of(raw: bytes) -> bytes:
    """Return the XML of a file: of a PDF what it carries, else the file; EinvoiceUnreadable."""
    if len(raw) > BYTES_MAX:
        raise unreadable(Unread.TOO_LARGE)
    return attached(raw) if _PDF in raw[:_PDF_WITHIN] else raw


def attached(pdf: bytes) -> bytes:
    """Return the e-invoice that a PDF carries, byte by byte; raises ``EinvoiceUnreadable``."""
    pikepdf = load("pikepdf")
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            names = [name for name in ATTACHED_NAMES if name in document.attachments]
            if not names:
                raise unreadable(Unread.PDF_WITHOUT_XML)
            stream = document.attachments[names[0]].get_file().obj
            packed = bytes(stream.read_raw_bytes())
            packing = stream.get("/Filter", pikepdf.Array())
            packings = list(packing) if isinstance(packing, pikepdf.Array) else [packing]
            parameters = "/DecodeParms" in stream
    except (pikepdf.PdfError, ValueError, TypeError, KeyError) as error:
        raise unreadable(Unread.NOT_PDF) from error
    return _unpacked(packed, [str(one) for one in packings], plainly=not parameters)


def _unpacked(packed: bytes, packings: list[str], *, plainly: bool) -> bytes:
    """Unpack a stream of a PDF, never to more than a file may have."""
    if not packings:
        return packed
    if packings != ["/FlateDecode"] or not plainly:
        raise unreadable(Unread.PACKED)
    try:
        unpacked = zlib.decompressobj().decompress(packed, BYTES_MAX + 1)
    except zlib.error as error:
        raise unreadable(Unread.NOT_PDF) from error
    if len(unpacked) > BYTES_MAX:
        raise unreadable(Unread.TOO_LARGE)
    return unpacked


def parsed(xml: bytes) -> Any:
    """Parse XML into its root element; raises ``EinvoiceUnreadable``."""
    etree = load("lxml.etree")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise unreadable(Unread.NOT_XML) from error
    if root.getroottree().docinfo.doctype:
        raise unreadable(Unread.DOCTYPE)
    for element in root.iter(etree.Element):
        for hint in _HINTS:
            element.attrib.pop(hint, None)
    return root

"""Factur-X: a PDF/A-3 whose XMP says that its attachment is the same invoice for programs.

Typst attaches the file; what it cannot write are the properties of Factur-X and the description of
their schema, without which PDF/A knows no such properties. Source: Factur-X 1.0, chapter 6.2.
"""

import io
from typing import Any, Final

from ledgerline.documents.einvoice.extra import load

FILE_NAME: Final = "factur-x.xml"
PROFILE: Final = "EN 16931"

_NAMESPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES: Final = (
    ("DocumentFileName", FILE_NAME, "name of the embedded XML invoice file"),
    ("DocumentType", "INVOICE", "INVOICE"),
    ("Version", "1.0", "version of the Factur-X XML schema"),
    ("ConformanceLevel", PROFILE, "conformance level of the embedded Factur-X data"),
)
_DESCRIBED: Final = "".join(
    '<rdf:li rdf:parseType="Resource">'
    f"<pdfaProperty:name>{name}</pdfaProperty:name>"
    "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
    "<pdfaProperty:category>external</pdfaProperty:category>"
    f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
    for name, _, meaning in _PROPERTIES
)
_SCHEMA: Final = (
    '<rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
    f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
    f"<pdfaSchema:property><rdf:Seq>{_DESCRIBED}</rdf:Seq></pdfaSchema:property></rdf:li>"
).encode()
_SAID: Final = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">'
    + "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value, _ in _PROPERTIES)
    + "</rdf:Description>"
).encode()
_END_OF_SCHEMAS: Final = b"</rdf:Bag></pdfaExtension:schemas>"
_END_OF_DESCRIPTIONS: Final = b"</rdf:RDF>"


def splice(pdf: bytes, xml: bytes) -> bytes:
    """Make a PDF that has ``xml`` attached as `FILE_NAME` a Factur-X; equal bytes every time.

    Nothing but its metadata changes. That the attachment is another, or that the metadata is not
    what the typesetter writes, is a defect. Raises ``EinvoiceNotInstalled``.
    """
    pikepdf = load("pikepdf")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        specification = document.attachments[FILE_NAME]
        assert specification.relationship == pikepdf.Name.Alternative, specification.relationship
        assert specification.get_file().read_bytes() == xml
        metadata: Any = document.Root.Metadata
        metadata.write(_with_properties(metadata.read_bytes()))
        out = io.BytesIO()
        document.save(
            out, deterministic_id=True, compress_streams=False, fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        )  # fmt: skip
    return out.getvalue()


def _with_properties(xmp: bytes) -> bytes:
    for mark in (_END_OF_SCHEMAS, _END_OF_DESCRIPTIONS):
        assert xmp.count(mark) == 1, mark
    assert _NAMESPACE.encode() not in xmp
    described = xmp.replace(_END_OF_SCHEMAS, _SCHEMA + _END_OF_SCHEMAS)
    return described.replace(_END_OF_DESCRIPTIONS, _SAID + _END_OF_DESCRIPTIONS)

"""A Factur-X is the same PDF/A-3a and PDF/UA-1, says what it is, and carries the very XML."""

import io
import zlib
from datetime import UTC, datetime
from typing import Any, Final

import pikepdf
import pytest
from pypdf import PdfReader

from ledgerline.documents.einvoice.cii import cii
from ledgerline.documents.einvoice.facturx import FILE_NAME, splice
from ledgerline.documents.einvoice.reading import attached, parsed
from ledgerline.documents.einvoice.refusals import EinvoiceUnreadable
from ledgerline.documents.pdf import compile_pdf
from ledgerline.documents.snapshot import Treatment
from ledgerline.jobs.validation import Validation
from tests.unit.documents.einvoice.samples import invoice

XML: Final = cii(invoice([(1199, 190_000, Treatment.STANDARD)]))
TEMPLATE: Final = b"""\
#set document(title: "Invoice")
#set text(lang: "en", font: "Noto Sans")
#let content = json(bytes(sys.inputs.content))
#if content.name != "" {
  pdf.attach(
    content.name, bytes(content.xml), relationship: "alternative", mime-type: "text/xml",
    description: "The invoice for programs",
  )
}
= Invoice
Premium 11,99
"""


def _pdf(xml: bytes = XML, *, name: str = FILE_NAME) -> bytes:
    return compile_pdf(
        TEMPLATE,
        {"xml": xml.decode(), "name": name},
        created=datetime(2026, 3, 1, tzinfo=UTC),
    )


PLAIN: Final = _pdf()
HYBRID: Final = splice(PLAIN, XML)


def _xmp(pdf: bytes) -> Any:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return parsed(document.Root.Metadata.read_bytes())


def _said(xmp: Any, name: str) -> list[str]:
    return [element.text for element in xmp.xpath(f"//*[name()='{name}']")]


def test_the_attachment_is_the_same_to_the_byte() -> None:
    assert attached(HYBRID) == XML
    reader = PdfReader(io.BytesIO(HYBRID))
    assert reader.attachments[FILE_NAME] == [XML]


def test_it_says_that_it_is_factur_x_of_the_profile_en_16931() -> None:
    xmp = _xmp(HYBRID)
    assert _said(xmp, "fx:ConformanceLevel") == ["EN 16931"]
    assert _said(xmp, "fx:DocumentFileName") == ["factur-x.xml"]
    assert _said(xmp, "fx:DocumentType") == ["INVOICE"]
    assert _said(xmp, "fx:Version") == ["1.0"]


def test_the_properties_are_described_as_pdf_a_demands() -> None:
    xmp = _xmp(HYBRID)
    assert len(xmp.xpath("//*[name()='pdfaExtension:schemas']")) == 1
    uri = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
    [schema] = [
        each.getparent()
        for each in xmp.xpath("//*[name()='pdfaSchema:namespaceURI']")
        if each.text == uri
    ]
    described = {each.text for each in schema.xpath(".//*[name()='pdfaProperty:name']")}
    used = {each.tag.partition("}")[2] for each in xmp.iter(f"{{{uri}}}*")}
    assert described == used == {
        "ConformanceLevel", "DocumentFileName", "DocumentType", "Version",
    }  # fmt: skip


def test_it_stays_pdf_a_3a_and_pdf_ua_1() -> None:
    before, after = _xmp(PLAIN), _xmp(HYBRID)
    for name, value in (
        ("pdfaid:part", "3"), ("pdfaid:conformance", "A"), ("pdfuaid:part", "1"),
    ):  # fmt: skip
        assert _said(before, name) == _said(after, name) == [value]
    with pikepdf.open(io.BytesIO(HYBRID)) as document:
        root: Any = document.Root
        assert bool(root.MarkInfo.Marked)
        assert "/StructTreeRoot" in root
        assert "/OutputIntents" in root
        assert str(root.Lang) == "en"
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        [specification] = root.AF
        assert specification.AFRelationship == pikepdf.Name.Alternative
        assert str(specification.EF.F.Subtype) == "/text/xml"
        assert "/Filter" not in root.Metadata  # PDF/A wants it readable
        assert not document.is_encrypted
        assert "/Info" not in document.trailer or "/Producer" not in document.docinfo


def test_the_text_of_the_pages_is_the_same() -> None:
    pages = [
        [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
        for pdf in (PLAIN, HYBRID)
    ]
    assert pages[0] == pages[1]
    assert "Premium 11,99" in pages[0][0]


def test_bytes_are_the_same_every_time() -> None:
    assert splice(_pdf(), XML) == HYBRID


def test_another_attachment_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        splice(PLAIN, XML + b" ")
    with pytest.raises(AssertionError):
        splice(HYBRID, XML)  # it is one already


def test_the_validator_reads_what_it_carries(validation: Validation) -> None:
    verdict = validation.validate(HYBRID)
    assert verdict.syntax == "UN/CEFACT CII D16B"
    assert (verdict.schema, verdict.fatal) == ((), ())


def test_a_pdf_without_an_e_invoice_is_refused(validation: Validation) -> None:
    for pdf in (_pdf(name=""), _pdf(name="notes.xml")):
        with pytest.raises(EinvoiceUnreadable) as refused:
            validation.validate(pdf)
        assert refused.value.facts == {"reason": "pdf_without_xml"}


def _repacked(raw: bytes, packing: pikepdf.Name, parameters: Any = None) -> bytes:
    """Pack the attachment another way."""
    with pikepdf.open(io.BytesIO(PLAIN)) as document:
        stream: Any = document.attachments[FILE_NAME].get_file().obj
        stream.write(raw, filter=packing, decode_parms=parameters)
        out = io.BytesIO()
        document.save(
            out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none
        )
    return out.getvalue()


def test_what_unpacks_without_end_is_not_unpacked() -> None:
    bomb = zlib.compress(b" " * (64 * 1024 * 1024), 9)
    assert len(bomb) < 100_000
    with pytest.raises(EinvoiceUnreadable) as refused:
        attached(_repacked(bomb, pikepdf.Name.FlateDecode))
    assert refused.value.facts == {"reason": "too_large"}


def test_what_is_packed_another_way_is_not_unpacked() -> None:
    hexadecimal = _repacked(XML.hex().encode() + b">", pikepdf.Name.ASCIIHexDecode)
    predicted = _repacked(
        zlib.compress(XML), pikepdf.Name.FlateDecode, pikepdf.Dictionary(Predictor=12)
    )
    broken = _repacked(b"no zlib", pikepdf.Name.FlateDecode)
    for pdf, reason in ((hexadecimal, "packed"), (predicted, "packed"), (broken, "not_pdf")):
        with pytest.raises(EinvoiceUnreadable) as refused:
            attached(pdf)
        assert refused.value.facts == {"reason": reason}

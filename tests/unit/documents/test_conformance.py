"""Real PDF/A-3a and PDF/UA-1, equal bytes everywhere, fonts that are there or named as missing."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from typing import TypeVar

import pikepdf
import pytest

from ledgerline.documents.faces import INSTALL, FontsMissing
from ledgerline.documents.render import Attachment, Paper, render_pdf, rendering_key
from ledgerline.documents.snapshot import Buyer, Document
from tests.unit.documents import samples

T = TypeVar("T")
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<a>\xc3\xa4 &amp; \xe5\xb1\xb1</a>\r\n'
FACTUR_X = Attachment("factur-x.xml", XML, "text/xml", "The same invoice as EN 16931 XML")
LOCALES = {
    "ltr": "de-DE",
    "rtl": "ar-SA",
    "hebrew": "he-IL",
    "cjk": "ja-JP",
    "thai": "th",
    "indic": "hi",
}


def _open(document: Document, attachment: Attachment | None = None) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(render_pdf(document, attachment=attachment)))


def _roles(node: pikepdf.Object) -> Iterator[str]:
    """List the structure types below a node in reading order."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _roles(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node and "/P" in node:
            yield str(node["/S"])
        if "/K" in node:
            yield from _roles(node["/K"])


@pytest.mark.parametrize("kind", samples.KINDS)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_document_is_really_pdf_a_3a_and_pdf_ua_1(kind: str, locale: str) -> None:
    # when
    pdf = _open(samples.KINDS[kind](language=LOCALES[locale]))
    root = pdf.Root
    # then both conformances are claimed
    with pdf.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["pdfuaid:part"] == "1"
    # and the structure they stand for is there
    assert root.MarkInfo.Marked
    assert root.ViewerPreferences.DisplayDocTitle
    assert str(root.Lang).partition("-")[0] == LOCALES[locale].partition("-")[0]
    assert root.OutputIntents[0].S == "/GTS_PDFA1"
    assert not pdf.is_encrypted
    assert not {"/OpenAction", "/AA"} & set(root.keys())
    assert "/JavaScript" not in root.get("/Names", {})
    # with one heading first of headings, and tables that have headers
    roles = list(_roles(root.StructTreeRoot.K))
    assert [role for role in roles if role.startswith("/H")] == ["/H1"]
    assert roles.count("/Table") == roles.count("/THead")
    assert roles.count("/Table") >= 1


@pytest.mark.parametrize("locale", LOCALES)
def test_every_font_is_embedded_and_can_be_read_as_text(locale: str) -> None:
    # given Latin letters and those of the language on one page
    pdf = _open(samples.invoice(language=LOCALES[locale], buyer=Buyer(name="Ana محمد דוד 山田")))
    # when
    fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
    # then
    assert fonts
    for font in fonts:
        assert "/ToUnicode" in font
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())


def test_words_of_another_language_say_so() -> None:
    # given a Japanese name on a German page
    pdf = _open(samples.invoice(language="de-DE", buyer=Buyer(name="山田 たろう")))
    # then
    assert {"de", "ja"} <= _content_languages(pdf)


def _content_languages(pdf: pikepdf.Pdf) -> set[str]:
    """Read the languages of marked runs of the pages."""
    found = set()
    for page in pdf.pages:
        for step in pikepdf.parse_content_stream(page, "BDC"):
            given = step.operands[1] if len(step.operands) > 1 else None
            if isinstance(given, pikepdf.Dictionary):
                found.add(str(given.get("/Lang", "")).partition("-")[0])
    return found


def test_chinese_characters_take_the_form_of_the_region() -> None:
    # given one name, on pages of three languages and for buyers of two countries
    taiwan = samples.address("TW")
    for document, family in (
        (samples.invoice(language="ja", buyer=Buyer(name="直骨")), "jp"),
        (samples.invoice(language="zh-TW", buyer=Buyer(name="直骨")), "tc"),
        (samples.invoice(language="zh-CN", buyer=Buyer(name="直骨")), "sc"),
        (samples.invoice(language="de", buyer=Buyer(name="直骨", address=taiwan)), "tc"),
        (samples.invoice(language="de", buyer=Buyer(name="直骨の")), "jp"),
        (samples.invoice(language="de", buyer=Buyer(name="직골 直骨")), "kr"),
        (samples.invoice(language="de", buyer=Buyer(name="直骨")), "sc"),
    ):
        names = [str(f.BaseFont) for p in _open(document).pages for f in p.Resources.Font.values()]
        assert any(f"CJK{family}" in name for name in names), (family, names)


def test_an_attachment_is_the_alternative_of_the_pages() -> None:
    # when
    pdf = _open(samples.invoice(), FACTUR_X)
    # then it is the same bytes, related as the standard asks, and the claims stay
    (attached,) = pdf.Root.AF
    assert attached.AFRelationship == "/Alternative"
    assert str(attached.UF) == "factur-x.xml"
    assert attached.EF.F.Subtype == "/text/xml"
    assert pdf.attachments["factur-x.xml"].get_file().read_bytes() == XML
    with pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfuaid:part"]) == ("3", "1")


def test_an_attachment_may_be_no_text() -> None:
    binary = Attachment("scan.bin", bytes(range(256)), "application/octet-stream", "Bytes")
    pdf = _open(samples.invoice(), binary)
    assert pdf.attachments["scan.bin"].get_file().read_bytes() == bytes(range(256))


def _set_zone_of_process(zone: str) -> None:
    os.putenv("TZ", zone)
    time.tzset()


def _without_extra() -> None:
    sys.modules |= dict.fromkeys(("manimgx_fonts", "manimgx_fonts_cjk"))  # type: ignore[arg-type] # None: not to be found


def _elsewhere(
    prepare: Callable[..., None],
    given: tuple[object, ...],
    call: Callable[[list[Document]], list[T]],
    documents: list[Document],
) -> list[T]:
    fresh = ProcessPoolExecutor(
        max_workers=1, mp_context=get_context("spawn"), initializer=prepare, initargs=given
    )
    with fresh as processes:
        return processes.submit(call, documents).result()


def _render_all(documents: list[Document]) -> list[bytes]:
    return [render_pdf(document) for document in documents]


def test_another_process_in_another_time_zone_gives_the_same_bytes() -> None:
    # given documents of every kind and of every direction
    documents = [kind(language=lang) for kind in samples.KINDS.values() for lang in ("de", "ja")]
    documents.append(samples.branded(samples.invoice(language="ar")))
    # when another process renders them in the other order
    there = _elsewhere(_set_zone_of_process, ("Asia/Tokyo",), _render_all, documents[::-1])
    # then
    assert there[::-1] == _render_all(documents)


def test_threads_may_render_at_the_same_time() -> None:
    documents = [samples.receipt(buyer=Buyer(name=f"Customer {n}")) for n in range(16)]
    with ThreadPoolExecutor(max_workers=4) as threads:
        assert list(threads.map(render_pdf, documents)) == _render_all(documents)


def _codes(documents: list[Document]) -> list[object]:
    """Render without the extra: the facts of the refusal, or the bytes."""
    results: list[object] = []
    for document in documents:
        try:
            results.append((render_pdf(document), rendering_key(document)))
        except FontsMissing as refusal:
            results.append((refusal.code, refusal.facts, rendering_key(document)))
    return results


def test_without_the_extra_a_script_is_refused_by_name_and_nothing_else_changes() -> None:
    # given documents that need the extra, and those that do not
    cjk = samples.invoice(buyer=Buyer(name="山田"))
    bengali = samples.invoice(buyer=Buyer(name="রহিম 山"))
    words = samples.invoice(language="ko")
    latin = samples.invoice(buyer=Buyer(name="Zoë 😀 นิด"))
    # when
    first, second, third, fourth = _elsewhere(
        _without_extra, (), _codes, [cjk, bengali, words, latin]
    )
    # then the refusal names the scripts and the way out
    east = ["Chinese", "Japanese", "Korean"]
    assert first == ("fonts_missing", {"scripts": east, "install": INSTALL}, rendering_key(cjk))
    facts = {"scripts": ["Bengali", *east], "install": INSTALL}
    assert second == ("fonts_missing", facts, rendering_key(bengali))
    assert third == ("fonts_missing", {"scripts": east, "install": INSTALL}, rendering_key(words))
    # and what renders is the same as with the extra
    assert fourth == (render_pdf(latin), rendering_key(latin))


def test_a_rendering_key_names_renderer_template_fonts_and_paper() -> None:
    plain = rendering_key(samples.invoice())
    assert plain.startswith("typst-")
    assert plain.endswith("/a4")
    assert rendering_key(samples.invoice(language="ar")) == plain
    assert rendering_key(samples.invoice(language="ja")) != plain
    assert rendering_key(samples.invoice(), Paper.LETTER) != plain

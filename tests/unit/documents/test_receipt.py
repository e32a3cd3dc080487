"""Receipts: exact text, equal bytes, real PDF/A-3a and PDF/UA-1 structure, hostile names."""

import os
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from multiprocessing import get_context
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from ledgerline.base.money import Money, currency
from ledgerline.documents.receipt import (
    Paper,
    PaymentView,
    ReceiptKind,
    ReceiptLine,
    ReceiptView,
    SellerView,
    amount_text,
    rate_text,
    render_receipt,
)
from ledgerline.documents.texts import CATALOGUE

EUR: Final = currency("EUR")
LATE_ON_MARCH_14_UTC: Final = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)

RECEIPT: Final = ReceiptView(
    seller=SellerView(
        name="Nordlys Music AB",
        address_lines=("Sveavägen 44", "111 34 Stockholm"),
        tax_id="SE556677889901",
    ),
    customer_name="Amélie Dubois",
    receipt_number="SE-2026-000001",
    invoice_number="INV-2026-004711",
    kind=ReceiptKind.PAYMENT,
    issued_at=LATE_ON_MARCH_14_UTC,
    zone="Europe/Stockholm",
    lines=(
        ReceiptLine("Premium Family", "15 March 2026 – 14 April 2026", 1, Money(1799, EUR)),
        ReceiptLine("Unused time on Premium Duo", "", 1, Money(-560, EUR)),
    ),
    net=Money(1041, EUR),
    tax=Money(198, EUR),
    total=Money(1239, EUR),
    tax_rate_ppm=190_000,
    payment=PaymentView("Visa •••• 4242", "pi_3MtwBwLkdIwHu7ix28a3tqPa", "812345"),
    locale="en",
    tax_name="VAT",
)


def _reader(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def _text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in _reader(pdf).pages)


def _dictionary(value: object) -> DictionaryObject:
    assert isinstance(value, DictionaryObject), value
    return value


def _in(code: str, minor: int) -> ReceiptView:
    amount = Money(minor, currency(code))
    return replace(
        RECEIPT,
        lines=(ReceiptLine("Premium", "", 1, amount),),
        net=amount,
        tax=Money.zero(amount.currency),
        total=amount,
        tax_rate_ppm=None,
    )


def _set_zone_of_process(zone: str) -> None:
    os.putenv("TZ", zone)
    time.tzset()


def test_receipt_says_who_sold_what_to_whom_for_how_much() -> None:
    # when the receipt of a payment is rendered
    text = _text(render_receipt(RECEIPT))
    # then every field is in its text, and the date is the one of the customer's zone
    for expected in (
        "Receipt\nSE-2026-000001",
        "12.39 EUR paid on 15 March 2026",
        "Nordlys Music AB\nSveavägen 44\n111 34 Stockholm\nTax ID SE556677889901",
        "Amélie Dubois",
        "Invoice INV-2026-004711",
        "Payment method Visa •••• 4242",
        "Payment reference pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "Authorisation code 812345",
        "Premium Family\n15 March 2026 – 14 April 2026\n1 17.99 EUR",
        "Unused time on Premium Duo 1 -5.60 EUR",
        "Net 10.41 EUR",
        "VAT 19 % 1.98 EUR",
        "Total paid 12.39 EUR",
        "This receipt confirms a payment. It is not a tax invoice.",
        "Page 1",
    ):
        assert expected in text, text


def test_refund_receipt_says_refunded_and_never_paid() -> None:
    # given the refund of the same amount
    refund = replace(RECEIPT, kind=ReceiptKind.REFUND)
    # when
    text = _text(render_receipt(refund))
    # then
    assert "Refund receipt\nSE-2026-000001" in text
    assert "12.39 EUR refunded on 15 March 2026" in text
    assert "Refunded to Visa •••• 4242" in text
    assert "Total refunded 12.39 EUR" in text
    assert "paid" not in text


def test_absent_fields_leave_no_label_behind() -> None:
    # given a receipt without customer, invoice, tax id and authorisation code
    bare = replace(
        RECEIPT,
        customer_name=None,
        invoice_number=None,
        seller=replace(RECEIPT.seller, tax_id=None),
        payment=replace(RECEIPT.payment, authorisation_code=None),
    )
    # when
    text = _text(render_receipt(bare))
    # then
    for label in ("Customer", "Invoice", "Tax ID", "Authorisation"):
        assert label not in text


def test_equal_views_give_equal_bytes() -> None:
    # when another receipt is rendered in between
    first = render_receipt(RECEIPT)
    other = render_receipt(replace(RECEIPT, customer_name="Someone else"))
    # then
    assert render_receipt(RECEIPT) == first
    assert other != first


def test_another_process_in_another_time_zone_gives_the_same_bytes() -> None:
    # given a fresh process whose local time is not ours
    fresh = ProcessPoolExecutor(
        max_workers=1,
        mp_context=get_context("spawn"),
        initializer=_set_zone_of_process,
        initargs=("Asia/Tokyo",),
    )
    # when
    with fresh as processes:
        elsewhere = processes.submit(render_receipt, RECEIPT).result()
    # then
    assert elsewhere == render_receipt(RECEIPT)


def test_threads_may_render_at_the_same_time() -> None:
    # given receipts rendered one after another
    views = [replace(RECEIPT, customer_name=f"Customer {n}") for n in range(24)]
    alone = [render_receipt(view) for view in views]
    # when four threads render them
    with ThreadPoolExecutor(max_workers=4) as threads:
        together = list(threads.map(render_receipt, views))
    # then
    assert together == alone


@pytest.mark.parametrize("locale", sorted(CATALOGUE))
def test_receipt_is_really_pdf_a_3a_and_pdf_ua_1(locale: str) -> None:
    # when
    reader = _reader(render_receipt(replace(RECEIPT, locale=locale)))
    catalog = _dictionary(reader.trailer["/Root"])
    # then both conformances are claimed
    metadata = catalog["/Metadata"].get_object()
    assert isinstance(metadata, StreamObject)
    xmp = metadata.get_data().decode("utf-8")
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert "2026-03-14T23:30:00" in xmp
    # and the structure they stand for is there
    assert str(_dictionary(catalog["/MarkInfo"])["/Marked"]) == "True"
    assert "/StructTreeRoot" in catalog
    assert str(catalog["/Lang"]) == locale
    assert str(_dictionary(catalog["/ViewerPreferences"])["/DisplayDocTitle"]) == "True"
    assert "/OutputIntents" in catalog
    assert not reader.is_encrypted
    assert not {"/OpenAction", "/AA"} & catalog.keys()
    assert reader.metadata is not None
    assert str(reader.metadata.title).endswith("SE-2026-000001")


def _roles(node: object) -> list[str]:
    """List the structure types below a node in reading order."""
    if isinstance(node, list):
        return [role for child in node for role in _roles(child.get_object())]
    if not isinstance(node, DictionaryObject):
        return []
    role = [str(node["/S"])] if "/S" in node else []
    children = node.get("/K")
    return role + (_roles(children.get_object()) if children is not None else [])


def test_structure_has_one_heading_and_one_table_with_headers() -> None:
    # when
    catalog = _dictionary(_reader(render_receipt(RECEIPT)).trailer["/Root"])
    roles = _roles(catalog["/StructTreeRoot"])
    # then
    assert [role for role in roles if role.startswith("/H")] == ["/H1"]
    assert roles.count("/Table") == 1
    assert roles.count("/TH") == 3
    assert roles.count("/TR") == 1 + len(RECEIPT.lines)


def test_every_font_is_embedded_and_readable_as_text() -> None:
    # given a page with Latin, Arabic and Hebrew letters
    view = replace(RECEIPT, customer_name="Ana محمد דוד")
    # when
    page = _reader(render_receipt(view)).pages[0]
    fonts = [_dictionary(font.get_object()) for font in page["/Resources"]["/Font"].values()]  # type: ignore[index] # a PDF object
    # then
    names = sorted(str(font["/BaseFont"]).partition("+")[2] for font in fonts)
    assert names == [
        "NotoSans-Bold",
        "NotoSans-Regular",
        "NotoSansArabic-Regular",
        "NotoSansHebrew-Regular",
    ]
    for font in fonts:
        assert "/ToUnicode" in font
        below = _dictionary(font["/DescendantFonts"][0].get_object())  # type: ignore[index] # a PDF object
        descriptor = _dictionary(below["/FontDescriptor"])
        assert {"/FontFile2", "/FontFile3"} & descriptor.keys()


@pytest.mark.parametrize(
    ("_case", "name", "printed"),
    [
        ("emoji", "Zoë 😀 Ruiz", "Zoë \ufffd Ruiz"),
        ("emoji family", "Zoë 👩‍👩‍👧 Ruiz", "Zoë \ufffd Ruiz"),
        ("script without font", "山田 太郎", "\ufffd \ufffd"),
        ("bidi override", "\u202egnp.exe", "gnp.exe"),
        ("control characters", "Ann\x00a\x1b[31m", "Ann\ufffda\ufffd[31m"),
        ("line ends", "Anna\r\nBerg\u2028X", "Anna Berg X"),
        ("lone surrogate", "Anna \ud800", "Anna \ufffd"),
        ("stacked marks", "Z\u0310\u033f\u0489\u064b Ruiz", "\ufffd Ruiz"),
        ("typesetter syntax", '#panic("x") $x$ *b* \\', '#panic("x") $x$ *b* \\'),
        ("only invisible", "\u200b\u2066", "Receipt number"),
        ("Greek and Cyrillic", "Νίκος Иван", "Νίκος Иван"),
    ],
)
def test_hostile_name_still_renders(_case: str, name: str, printed: str) -> None:
    # given the name as seller, customer, product and number at once
    view = replace(
        RECEIPT,
        seller=SellerView(name, (name,), name),
        customer_name=name,
        receipt_number=name,
        lines=(replace(RECEIPT.lines[0], description=name, period_text=name),),
        payment=PaymentView(name, name, name),
    )
    # when
    text = _text(render_receipt(view))
    # then
    assert printed in text


def test_three_hundred_characters_are_printed_in_full_and_more_are_cut() -> None:
    # given a name without any space, of the longest length and beyond
    longest = replace(RECEIPT, customer_name="W" * 300)
    beyond = replace(RECEIPT, customer_name="W" * 301)
    # then
    assert _text(render_receipt(longest)).count("W") == 300
    cut = _text(render_receipt(beyond))
    assert cut.count("W") == 299
    assert "W…" in cut


@given(name=st.text(max_size=60), locale=st.sampled_from(sorted(CATALOGUE)))
def test_no_name_whatsoever_blocks_a_receipt(name: str, locale: str) -> None:
    assert render_receipt(replace(RECEIPT, customer_name=name, locale=locale))


@pytest.mark.parametrize(
    ("_case", "code", "minor", "printed"),
    [
        ("no decimals", "JPY", 1_280, "Total paid 1280 JPY"),
        ("three decimals", "KWD", 1_990, "Total paid 1.990 KWD"),
        ("largest", "EUR", 2 * 10**12, "Total paid 20000000000.00 EUR"),
        ("less than one", "EUR", -5, "Total paid -0.05 EUR"),
        ("zero", "EUR", -0, "Total paid 0.00 EUR"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(
    _case: str, code: str, minor: int, printed: str
) -> None:
    assert printed in _text(render_receipt(_in(code, minor)))


def test_zero_is_never_negative() -> None:
    assert amount_text(-Money.zero(EUR)) == "0.00 EUR"


@pytest.mark.parametrize(
    ("rate_ppm", "printed"),
    [(0, "0 %"), (70_000, "7 %"), (255_000, "25.5 %"), (99_750, "9.975 %"), (1, "0.0001 %")],
)
def test_rates_show_no_more_decimals_than_they_need(rate_ppm: int, printed: str) -> None:
    assert rate_text(rate_ppm) == printed


@pytest.mark.parametrize(
    ("locale", "kind", "day"),
    [
        ("ar", "إيصال", "15 مارس 2026"),
        ("de-AT", "Zahlungsbeleg", "15. März 2026"),
        ("en-GB", "Receipt", "15 March 2026"),
        ("es", "Recibo", "15 de marzo de 2026"),
        ("fr", "Reçu", "15 mars 2026"),
        ("it", "Ricevuta", "15 marzo 2026"),
        ("nl", "Betalingsbewijs", "15 maart 2026"),
        ("pl", "Potwierdzenie płatności", "15 marca 2026"),
        ("pt_BR", "Recibo", "15 de março de 2026"),
        ("sv", "Kvitto", "15 mars 2026"),
        ("ja", "Receipt", "15 March 2026"),  # no glyphs for Japanese: English
    ],
)
def test_receipt_speaks_the_language_of_its_locale(locale: str, kind: str, day: str) -> None:
    # when
    text = _text(render_receipt(replace(RECEIPT, locale=locale)))
    # then words and dates are local, amounts the same everywhere
    assert text.startswith(kind)
    assert day in text
    assert "17.99 EUR" in text


def test_long_receipt_repeats_the_table_header_on_every_page() -> None:
    # given 200 lines
    view = replace(RECEIPT, lines=RECEIPT.lines[1:] * 200)
    # when
    pages = [page.extract_text() for page in _reader(render_receipt(view)).pages]
    # then
    assert sum(page.count("Unused time") for page in pages) == 200
    assert all("Description Quantity Amount" in page for page in pages)
    assert f"Page {len(pages)}" in pages[-1]


@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, (595, 842)), (Paper.LETTER, (612, 792))])
def test_receipt_is_laid_out_for_its_paper(paper: Paper, size: tuple[int, int]) -> None:
    box = _reader(render_receipt(replace(RECEIPT, paper=paper))).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


def test_amounts_that_do_not_add_up_are_a_defect() -> None:
    with pytest.raises(AssertionError):
        render_receipt(replace(RECEIPT, tax=Money(199, EUR)))

"""What the pages say, of every kind, in any language, whatever people are called."""

import re
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pypdf import PdfReader

from ledgerline.documents.brand import CONTRAST_MIN, contrast_to_white, readable
from ledgerline.documents.render import Paper, render_pdf
from ledgerline.documents.snapshot import (
    Buyer,
    Document,
    Kind,
    Original,
    References,
    Settles,
    TaxGroup,
    Totals,
    Treatment,
    Unit,
)
from ledgerline.documents.texts import CATALOGUE
from tests.unit.documents import samples
from tests.unit.documents.samples import SELLER, line


def _pages(document: Document, paper: Paper = Paper.A4) -> list[str]:
    reader = PdfReader(BytesIO(render_pdf(document, paper=paper)))
    return [_plain(page.extract_text()) for page in reader.pages]


def _plain(text: str) -> str:
    """Read no-break spaces as spaces, and over permitted breaks."""
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200b", "")


def _text(document: Document) -> str:
    return "\n".join(_pages(document))


def _says(document: Document, *expected: str) -> None:
    text = _text(document)
    for words in expected:
        assert words in text, (words, text)


def test_an_invoice_says_who_sold_what_to_whom_for_how_much() -> None:
    _says(
        samples.invoice(),
        "Invoice\nInvoice number SE-2026-000001",
        "Nordlys Music\nNordlys Music AB\nSveavägen 44\n111 34 Stockholm\nSweden",
        "VAT ID SE556677889901\nCompany number 556677-8899",
        "Dubois & Fils SARL\n12 rue des Lilas\n75011 Paris\nFrance\nVAT ID FR40303265045",
        "Date\n15 March 2026\nDue date\n29 March 2026\nSubscription\nsub_018f3c5e7a",
        "€23.78 due by 29 March 2026",
        "Description Quantity Unit price Tax Amount (EUR)",
        "Premium Family\n15 March 2026 – 14 April 2026\n1 €17.99 19% €17.99\nNet €15.12",
        "Extra seat\n15 March 2026 – 14 April 2026\n3 €3.99 19% €11.97\nDiscount -€8.97",
        "Prices include tax.",
        "Net €19.98\nVAT 19% €3.80\nTotal €23.78",
        "Page 1 of 1",
    )


def test_a_fee_has_no_period() -> None:
    text = _text(samples.invoice())
    assert "Setup 1 €2.79" in text
    assert "16 March" not in text


def test_an_invoice_shows_what_was_paid_and_what_is_left() -> None:
    _says(
        samples.part_paid(),
        "€10.00 due by 29 March 2026",
        "Total €23.78\nPaid from credit -€5.00\nSettled by credit notes -€1.00\n"
        "Already paid -€7.78\nAmount due €10.00",
        "Visa •••• 4242 pi_3MtwBwLkdIwHu7ix28a3tqPa\nAuthorisation code 812345",
    )


def test_an_invoice_that_is_settled_owes_nothing() -> None:
    # given one that credit covers altogether
    totals = Totals(net=1_998, tax=380, gross=2_378, from_credit=2_378)
    _says(samples.invoice(totals=totals), "Paid in full", "Amount due €0.00")


def test_a_simplified_invoice_carries_its_payment_and_names_no_buyer() -> None:
    text = _text(samples.simplified())
    assert text.startswith("Nordlys Music\nSimplified invoice\nInvoice number")
    assert "€23.78 paid on 15 March 2026" in text
    assert "Visa •••• 4242" in text
    assert "Customer" not in text


def test_a_credit_note_names_its_original_and_what_becomes_of_the_amount() -> None:
    _says(
        samples.credit_note(),
        "Credit note\nCredit note number SE-C-2026-000001",
        "€4.00 credited on 15 March 2026",
        "Reason\nChange of plan",
        "Total credited €4.00",
        "This credit note corrects invoice SE-2026-000000 of 15 February 2026.",
        "The amount is kept as credit for future invoices.",
    )


@pytest.mark.parametrize(
    ("settles", "said"),
    [
        (Settles.RECEIVABLE, "set off against what is still open"),
        (Settles.REFUND, "refunded to the payment method"),
    ],
)
def test_a_credit_note_says_how_it_settles(settles: Settles, said: str) -> None:
    _says(samples.credit_note(settles=settles), said)


def test_a_credit_note_for_an_unnumbered_invoice_names_its_day() -> None:
    original = References(original=Original(id="in_0", date="2026-02-15"))
    _says(
        samples.credit_note(references=original),
        "This credit note corrects an invoice of 15 February 2026.",
    )


@pytest.mark.parametrize(
    ("reason", "shown"),
    [("Two seats were counted twice", True), ("refund_failed", False)],
)
def test_a_reason_is_printed_when_it_is_a_sentence(reason: str, shown: bool) -> None:
    assert ("Reason" in _text(samples.credit_note(reason=reason))) is shown


def test_a_receipt_confirms_a_payment_and_claims_no_more() -> None:
    _says(
        samples.receipt(),
        "Receipt\nReceipt number SE-R-2026-000001",
        "Invoice\nSE-2026-000001",
        "€23.78 paid on 15 March 2026",
        "Total paid €23.78",
        "It is not a tax invoice.",
    )


def test_a_receipt_of_what_credit_paid_in_part_proves_the_rest() -> None:
    totals = Totals(
        net=1_008, tax=191, gross=1_199, discount=0, from_credit=800, paid=399, payable=0
    )
    receipt = samples.receipt(totals=totals, payments=())
    _says(receipt, "€3.99 paid on 15 March 2026", "Total €11.99", "€8.00", "Total paid €3.99")


def test_a_refund_receipt_never_says_paid() -> None:
    text = _text(samples.refund_receipt())
    assert "Refund receipt\nReceipt number SE-R-2026-000002" in text
    assert "€4.00 refunded on 15 March 2026" in text
    assert "Refunded to" in text
    assert "paid" not in text


def test_a_refund_that_came_back_is_corrected_with_where_its_money_is() -> None:
    text = _text(samples.refund_reversal())
    assert "Correction of a refund receipt\nReceipt number SE-R-2026-000003" in text
    assert "Refund of €4.00 came back on 15 March 2026" in text
    said = " ".join(text.split())
    assert "corrects refund receipt SE-R-2026-000002 of 10 March 2026: the refund did not" in said
    for label, amount in (
        ("Refund that came back", "€4.00"),
        ("Kept as credit for future invoices", "€1.50"),
        ("Already received through a payment dispute", "€2.50"),
    ):
        assert f"{label} {amount}" in said
    assert "Net" not in text


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_language_says_that_money_came_back_and_what_it_corrects(language: str) -> None:
    texts = CATALOGUE[language]
    assert {"{number}", "{date}"} == set(re.findall(r"{.+?}", texts.corrects_refund))
    assert {"{amount}", "{date}"} == set(re.findall(r"{.+?}", texts.came_back))
    others = {one.corrects_refund for one in CATALOGUE.values() if one.language != language}
    assert texts.corrects_refund not in others


@pytest.mark.parametrize("kind", list(Kind))
def test_a_preview_has_the_word_instead_of_a_number_and_claims_nothing(kind: Kind) -> None:
    # given what is paid, of every kind, before it is issued
    document = samples.document(kind, None, {"payments": (samples.CARD,)})
    # when
    text = _text(document)
    # then
    assert "\nPreview\n" in text
    assert "nothing was issued" in text
    for claim in (
        " number SE",
        "Total paid",
        "paid on",
        "refunded on",
        "credited",
        "due by",
        "confirms",
    ):
        assert claim not in text, claim


def test_reverse_charge_is_said_in_the_language_of_the_document() -> None:
    for locale, words in (
        ("en", "Reverse charge"),
        ("de-DE", "Steuerschuldnerschaft des Leistungsempfängers"),
        ("fr-FR", "Autoliquidation"),
        ("sv-SE", "Omvänd betalningsskyldighet"),
        ("es-ES", "Inversión del sujeto pasivo"),
        ("nl-NL", "Btw verlegd"),
    ):
        _says(samples.reverse_charge(language=locale), words)


@pytest.mark.parametrize(
    ("treatment", "said"),
    [
        (Treatment.NOT_COLLECTING, "is not registered for tax where the customer is"),
        (Treatment.CUSTOMER_EXEMPT, "the customer is exempt"),
        (Treatment.PRODUCT_EXEMPT, "Exempt from tax."),
        (Treatment.NOT_SUBJECT, "Not subject to tax."),
    ],
)
def test_every_zero_says_its_reason(treatment: Treatment, said: str) -> None:
    group = TaxGroup(
        treatment=treatment, rate_ppm=0, base=10_000, tax=0, reason="Article 132 of the Directive"
    )
    _says(samples.reverse_charge(tax_groups=(group,)), said, "Article 132 of the Directive")


def test_several_rates_stand_in_a_table_with_their_bases() -> None:
    groups = (
        TaxGroup(treatment=Treatment.STANDARD, rate_ppm=190_000, base=924, tax=175, name="VAT"),
        TaxGroup(treatment=Treatment.REDUCED, rate_ppm=70_000, base=934, tax=65, name="VAT"),
    )
    _says(
        samples.invoice(
            tax_groups=groups, totals=Totals(net=1_858, tax=240, gross=2_098, payable=2_098)
        ),
        "Tax Rate Taxable amount Amount",
        "VAT 19% €9.24 €1.75",
        "VAT 7% €9.34 €0.65",
        "Net €18.58\nTax €2.40\nTotal €20.98",
    )


def test_components_of_a_rate_are_itemised() -> None:
    _says(
        samples.indian(language="en-IN"),
        "GST 18% ₹99.92 ₹17.98\nCGST 9% ₹8.99\nSGST 9% ₹8.99",
    )


def test_a_registered_seller_issues_a_tax_invoice_where_the_law_says_so() -> None:
    australian = replace(
        SELLER, address=replace(SELLER.address, country="AU"), tax_id="51824753556"
    )
    document = replace(samples.invoice(), seller=australian)
    _says(document, "Tax invoice\n", "ABN 51824753556")
    assert "Tax invoice" not in _text(replace(document, seller=replace(australian, tax_id=None)))


def test_unit_prices_are_shown_only_where_they_say_something() -> None:
    assert "Unit price" in _text(samples.invoice())
    one = (line(),)
    assert "Unit price" not in _text(samples.invoice(lines=one))
    metered = (line(quantity=7, unit=Unit(num=1, den=3), amount=2),)
    _says(samples.invoice(lines=metered), "7 €0.00333333 19% €0.02")


def test_zero_is_never_negative() -> None:
    nothing = Totals(net=0, tax=0, gross=0)
    free = line(amount=0, net=0, tax=0, gross=0, unit=Unit(num=0))
    text = _text(samples.invoice(lines=(free,), totals=nothing))
    assert "-€0" not in text


def test_absent_fields_leave_no_label_behind() -> None:
    bare = replace(SELLER, tax_id=None, registration=None, email=None, website=None)
    document = samples.invoice(buyer=Buyer(), due_date=None, references=References())
    text = _text(replace(document, seller=bare))
    for label in ("Customer", "VAT ID", "Company number", "Due date", "Subscription"):
        assert label not in text
    assert "€23.78 due now" in text


def test_a_long_document_repeats_the_head_of_its_table() -> None:
    pages = _pages(samples.long(samples.invoice(), 60))
    assert sum(page.count("Premium Family") for page in pages) == 60
    assert len(pages) > 2
    assert all("Description Quantity" in page for page in pages)
    assert f"Page 2 of {len(pages)}" in pages[1]


def test_a_document_has_the_size_of_its_paper() -> None:
    for paper, size in ((Paper.A4, (595, 842)), (Paper.LETTER, (612, 792))):
        box = PdfReader(BytesIO(render_pdf(samples.invoice(), paper=paper))).pages[0].mediabox
        assert (round(box.width), round(box.height)) == size


@pytest.mark.parametrize(
    ("_case", "name", "printed"),
    [
        ("emoji", "Zoë 😀 Ruiz", "Zoë □ Ruiz"),
        ("Japanese", "山田 太郎", "山田 太郎"),
        ("Korean", "김민준", "김민준"),
        ("Armenian", "Արամ", "Արամ"),
        ("Georgian", "ნინო", "ნინო"),
        ("private use", "Ann\ue000a", "Ann□a"),
        ("unassigned", "Ann\U000e0fffa", "Ann□a"),
        ("bidi override", "\u202egnp.exe", "gnp.exe"),
        ("control characters", "Ann\x00a\x1b[31m", "Ann□a□[31m"),
        ("lone surrogate", "Anna \ud800", "Anna □"),
        ("typesetter syntax", '#panic("x") $x$ *b* _i_ \\', '#panic("x") $x$ *b* _i_ \\'),
        ("markup", "<b>Bob</b> & @ref", "<b>Bob</b> & @ref"),
        ("Greek and Cyrillic", "Νίκος Иван", "Νίκος Иван"),
    ],
)
def test_a_hostile_name_is_printed_literally(_case: str, name: str, printed: str) -> None:
    # given the name wherever a text from outside stands
    seller = replace(SELLER, name=name, legal_name=name, tax_id=name, email=name)
    document = samples.invoice(
        buyer=Buyer(name=name), lines=(line(text=name),), payments=(samples.CARD,)
    )
    # when
    text = _text(replace(document, seller=seller, number=name))
    # then
    assert text.count(printed) >= 5, text
    assert "\ufffd" not in text


def test_three_hundred_characters_are_printed_in_full() -> None:
    text = _text(samples.invoice(buyer=Buyer(name="W" * 300)))
    assert text.count("W") == 300


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(name=st.text(max_size=60), locale=st.sampled_from(["ar", "de", "he", "ja", "th", "zh-TW"]))
def test_no_name_whatsoever_blocks_a_document(name: str, locale: str) -> None:
    assert render_pdf(samples.receipt(buyer=Buyer(name=name), language=locale))


@pytest.mark.parametrize("colour", ["#ffff00", "#ffffff", "#6d28d9", "#000000", "#7fd1ae"])
def test_a_colour_of_the_brand_can_be_read(colour: str) -> None:
    assert contrast_to_white(readable(colour)) >= CONTRAST_MIN
    assert readable("#6d28d9") == "#6d28d9"


def test_a_logo_takes_the_place_of_the_name() -> None:
    assert _text(samples.branded(samples.invoice())).startswith("Invoice")


@pytest.mark.parametrize("logo", ["", "no image", '<svg xmlns="http://www.w3.org/2000/svg"/'])
def test_a_logo_that_cannot_be_drawn_gives_way_to_the_name(logo: str) -> None:
    document = replace(samples.invoice(), seller=replace(SELLER, logo=logo))
    assert _text(document).startswith("Nordlys Music\nInvoice")

"""What is written of a document, and that the published rules accept it in both syntaxes."""

from collections.abc import Callable
from typing import Final

import pytest
from msgspec.structs import replace

from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import TaxBehavior
from ledgerline.documents.einvoice.cii import cii
from ledgerline.documents.einvoice.ubl import ubl
from ledgerline.documents.snapshot import (
    Document,
    Payment,
    Settles,
    TaxGroup,
    TaxId,
    Treatment,
    Unit,
)
from ledgerline.jobs.validation import Validation
from ledgerline.pricing.tax.arithmetic import credit_share
from tests.corpus import credit_note_of
from tests.unit.documents.einvoice.samples import BUSINESS, BUYER, invoice, said

S: Final = Treatment.STANDARD
T1: Final = invoice([(1199, 190_000, S)])
T2: Final = invoice([(1799, 190_000, S)])
T8: Final = invoice([(1099, 190_000, S), (999, 70_000, Treatment.REDUCED)])
T11: Final = invoice(
    [(10_000, 0, Treatment.REVERSE_CHARGE)], behavior=TaxBehavior.EXCLUSIVE, buyer=BUSINESS
)


def _credits(of: Document, parts: list[int]) -> list[Document]:
    """Credit the one line of an invoice, part by part."""
    [line] = of.body.lines
    notes, before = [], 0
    for part in parts:
        tax = credit_share(
            line.tax, line.gross, cum_before=before, cum_after=before + part,
            mode=RoundingMode.HALF_UP,
        )  # fmt: skip
        credited = replace(line, amount=part, net=part - tax, tax=tax, gross=part)
        [group] = of.body.tax_groups
        groups = (replace(group, base=part - tax, tax=tax),)
        notes.append(credit_note_of(of, (credited,), groups, settles=Settles.REFUND))
        before += part
    return notes


T10: Final = _credits(T1, [400, 400, 399])
CASES: Final = {
    "T1": (T1, "10.08", "1.91", "11.99"),
    "T2": (T2, "15.12", "2.87", "17.99"),
    "T8": (T8, "18.58", "2.40", "20.98"),
    "T10 first": (T10[0], "3.36", "0.64", "4.00"),
    "T10 second": (T10[1], "3.37", "0.63", "4.00"),
    "T10 third": (T10[2], "3.35", "0.64", "3.99"),
    "T11": (T11, "100.00", "0.00", "100.00"),
}
SYNTAXES: Final[dict[str, Callable[[Document], bytes]]] = {"ubl": ubl, "cii": cii}


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("case", CASES)
def test_a_case_of_the_arithmetic_passes_schema_and_rules(
    validation: Validation, case: str, syntax: str
) -> None:
    document, net, tax, gross = CASES[case]
    xml = SYNTAXES[syntax](document)
    verdict = validation.validate(xml)
    assert (verdict.schema, verdict.fatal) == ((), ())
    if syntax == "ubl":
        assert said(xml, "LegalMonetaryTotal/TaxExclusiveAmount") == [net]
        assert said(xml, "TaxTotal/TaxAmount") == [tax]
        assert said(xml, "LegalMonetaryTotal/TaxInclusiveAmount") == [gross]
    else:
        sums = "SpecifiedTradeSettlementHeaderMonetarySummation"
        assert said(xml, f"{sums}/TaxBasisTotalAmount") == [net]
        assert said(xml, f"{sums}/TaxTotalAmount") == [tax]
        assert said(xml, f"{sums}/GrandTotalAmount") == [gross]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_groups_have_their_rates_and_sums(syntax: str) -> None:
    xml = SYNTAXES[syntax](T8)
    base, rate, tax = (
        ("TaxSubtotal/TaxableAmount", "TaxSubtotal/TaxCategory/Percent", "TaxSubtotal/TaxAmount")
        if syntax == "ubl"
        else (
            "ApplicableHeaderTradeSettlement/ApplicableTradeTax/BasisAmount",
            "ApplicableHeaderTradeSettlement/ApplicableTradeTax/RateApplicablePercent",
            "ApplicableHeaderTradeSettlement/ApplicableTradeTax/CalculatedAmount",
        )
    )
    assert said(xml, base) == ["9.24", "9.34"]
    assert said(xml, rate) == ["19", "7"]
    assert said(xml, tax) == ["1.75", "0.65"]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_reverse_charge_names_both_ids_and_its_reason_in_the_language(syntax: str) -> None:
    xml = SYNTAXES[syntax](T11).decode()
    assert "SE556677889901" in xml
    assert "DE123456789" in xml
    assert "VATEX-EU-AE" in xml
    assert "Steuerschuldnerschaft des Leistungsempfängers" in xml
    english = replace(T11, body=replace(T11.body, language="xx-YY"))
    assert ">Reverse charge<" in SYNTAXES[syntax](english).decode()


def test_a_credit_note_is_positive_and_names_its_original() -> None:
    xml = ubl(T10[0])
    assert said(xml, "CreditNoteTypeCode") == ["381"]
    assert said(xml, "InvoiceDocumentReference/ID") == ["INV-2026-000001"]
    assert said(xml, "InvoiceDocumentReference/IssueDate") == ["2026-03-01"]
    assert said(xml, "CreditedQuantity") == ["1"]
    assert said(xml, "LegalMonetaryTotal/PayableAmount") == ["4.00"]
    other = cii(T10[0])
    assert said(other, "ExchangedDocument/TypeCode") == ["381"]
    assert said(other, "InvoiceReferencedDocument/IssuerAssignedID") == ["INV-2026-000001"]
    assert said(other, "FormattedIssueDateTime/DateTimeString") == ["20260301"]


def test_lines_are_counted_anew_where_a_line_is_credited_in_two_parts() -> None:
    [first], [second] = T10[0].body.lines, T10[1].body.lines
    [group] = T1.body.tax_groups
    groups = (replace(group, base=first.net + second.net, tax=first.tax + second.tax),)
    note = credit_note_of(T1, (first, second), groups, settles=Settles.RECEIVABLE)
    assert first.no == second.no
    assert said(ubl(note), "CreditNoteLine/ID") == ["1", "2"]
    assert said(cii(note), "AssociatedDocumentLineDocument/LineID") == ["1", "2"]


def test_bytes_are_the_same_every_time() -> None:
    assert (ubl(T8), cii(T8)) == (ubl(T8), cii(T8))
    assert ubl(T8).startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Invoice ')


def _with_line(document: Document, **changed: object) -> Document:
    [line, *others] = document.body.lines
    lines = (replace(line, **changed), *others)
    discount = sum(each.discount for each in lines)
    totals = replace(document.body.totals, discount=discount)
    return replace(document, body=replace(document.body, lines=lines, totals=totals))


def test_a_discount_is_an_allowance_between_two_nets() -> None:
    # 13.99 with 19 % inside is net 11.76; 11.99 is net 10.08
    discounted = _with_line(T1, amount=1399, discount=200)
    xml = ubl(discounted)
    assert said(xml, "InvoiceLine/AllowanceCharge/Amount") == ["1.68"]
    assert said(xml, "InvoiceLine/AllowanceCharge/AllowanceChargeReasonCode") == ["95"]
    assert said(xml, "InvoiceLine/AllowanceCharge/AllowanceChargeReason") == ["Discount"]
    assert said(xml, "Price/PriceAmount") == ["11.76"]
    assert said(xml, "InvoiceLine/LineExtensionAmount") == ["10.08"]
    other = cii(discounted)
    assert said(other, "SpecifiedTradeAllowanceCharge/ActualAmount") == ["1.68"]
    assert said(other, "SpecifiedTradeAllowanceCharge/Reason") == ["Discount"]


def test_a_discount_that_rounding_swallows_is_no_negative_allowance() -> None:
    # as if the last unit of tax had gone to another line: net 10.08 of 11.99, net 10.08 of 12.00
    assert said(ubl(_with_line(T1, amount=1200, discount=1)), "AllowanceCharge") == []


def test_a_quantity_stays_where_its_price_is_exact() -> None:
    exact = _with_line(T1, quantity=4, unit=Unit(num=1199, den=4))
    xml = ubl(exact)
    assert said(xml, "InvoicedQuantity") == ["4"]
    assert said(xml, "Price/PriceAmount") == ["2.52"]
    assert said(xml, "Item/Description") == []


def test_a_quantity_whose_price_has_no_end_becomes_one_and_is_told() -> None:
    endless = _with_line(T1, quantity=11)
    for xml in (ubl(endless), cii(endless)):
        assert b"11 \xc3\x97 Premium" in xml
    assert said(ubl(endless), "InvoicedQuantity") == ["1"]
    assert said(ubl(endless), "Price/PriceAmount") == ["10.08"]


def test_a_line_that_gives_back_has_a_negative_quantity() -> None:
    xml = ubl(invoice([(1799, 190_000, S), (-560, 190_000, S)]))
    assert said(xml, "InvoicedQuantity") == ["1", "-1"]
    assert said(xml, "Price/PriceAmount") == ["15.12", "4.71"]
    assert said(xml, "InvoiceLine/LineExtensionAmount") == ["15.12", "-4.71"]


def test_what_was_paid_is_prepaid_and_the_card_shows_four_digits() -> None:
    paid = replace(T1.body.totals, from_credit=100, from_notes=50, paid=1049, payable=0)
    card = Payment(method="card", brand="visa", last4="4242", date="2026-03-01", amount=1049)
    document = replace(T1, body=replace(T1.body, totals=paid, payments=(card,), due_date=None))
    xml = ubl(document)
    assert said(xml, "PrepaidAmount") == ["11.99"]
    assert said(xml, "PayableAmount") == ["0.00"]
    assert said(xml, "PaymentMeansCode") == ["48"]
    assert said(xml, "PrimaryAccountNumberID") == ["4242"]
    assert said(cii(document), "ApplicableTradeSettlementFinancialCard/ID") == ["4242"]
    assert said(cii(document), "TotalPrepaidAmount") == ["11.99"]


def test_periods_end_with_their_last_day() -> None:
    xml = ubl(T1)
    assert said(xml, "Invoice/InvoicePeriod/EndDate") == ["2026-03-31"]
    assert said(xml, "InvoiceLine/InvoicePeriod/StartDate") == ["2026-03-01"]
    assert said(xml, "InvoiceLine/InvoicePeriod/EndDate") == ["2026-03-31"]


def test_a_greek_id_begins_with_el_and_the_country_stays_gr() -> None:
    address = replace(T1.seller.address, country="GR")
    greek = replace(T1, seller=replace(T1.seller, tax_id="GR 123456789", address=address))
    xml = ubl(greek)
    assert said(xml, "AccountingSupplierParty/Party/PartyTaxScheme/CompanyID") == ["EL123456789"]
    assert said(xml, "AccountingSupplierParty/Party/PostalAddress/Country/IdentificationCode") == [
        "GR"
    ]


def test_an_id_that_names_no_country_is_a_local_tax_number() -> None:
    local = replace(T1, seller=replace(T1.seller, tax_id="12-3456789", registration=None))
    scheme = "SpecifiedTaxRegistration/ID"
    assert said(ubl(local), "PartyTaxScheme/TaxScheme/ID") == ["TAX"]
    assert said(ubl(local), "PartyIdentification/ID") == ["12-3456789"]
    assert said(cii(local), scheme) == ["12-3456789"]
    assert b'schemeID="FC">12-3456789' in cii(local)


def test_a_norwegian_id_gets_the_letters_of_its_country() -> None:
    buyer = replace(BUYER, tax_ids=(TaxId(type="no_vat", value="123456789MVA", check="format_ok"),))
    xml = ubl(invoice([(1199, 190_000, S)], buyer=buyer))
    assert said(xml, "AccountingCustomerParty/Party/PartyTaxScheme/CompanyID") == ["NO123456789MVA"]


def test_what_is_not_subject_names_no_vat_id_and_no_rate() -> None:
    document = invoice([(1199, 0, Treatment.NOT_SUBJECT)], buyer=BUSINESS)
    for xml in (ubl(document), cii(document)):
        assert b"SE556677889901" not in xml
        assert b"DE123456789" not in xml
        assert b"VATEX-EU-O" in xml
        assert b"556677-8899" in xml
    assert said(ubl(document), "Percent") == []
    assert said(cii(document), "RateApplicablePercent") == []


def test_two_reasons_of_exemption_are_one_group_with_both_reasons() -> None:
    document = invoice([(500, 0, Treatment.PRODUCT_EXEMPT), (700, 0, Treatment.CUSTOMER_EXEMPT)])
    first, second = document.body.tax_groups
    body = replace(document.body, tax_groups=(replace(first, reason="Art. 132"), second))
    xml = ubl(replace(document, body=body))
    assert said(xml, "TaxSubtotal/TaxableAmount") == ["12.00"]
    [reason] = said(xml, "TaxExemptionReason")
    assert reason.startswith("Art. 132; Exempt from tax")


def test_an_amount_without_decimals_is_written_without(validation: Validation) -> None:
    yen = invoice([(2260, 100_000, S), (540, 80_000, Treatment.REDUCED)], currency="JPY")
    xml = ubl(yen)
    assert said(xml, "LegalMonetaryTotal/TaxInclusiveAmount") == ["2800"]
    assert validation.validate(xml).fatal == ()
    assert validation.validate(cii(yen)).fatal == ()


HOSTILE: Final = 'A & B <script> "x" \u0000\u0008\ufffe\U0001f3b5  \n Ltd'


def test_hostile_texts_are_escaped_or_left_out(validation: Validation) -> None:
    document = replace(T1, body=replace(T1.body, buyer=replace(BUYER, name=HOSTILE)))
    xml = ubl(document)
    name = "AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName"
    assert said(xml, name) == ['A & B <script> "x" \U0001f3b5 Ltd']
    assert validation.validate(xml).is_valid
    assert validation.validate(cii(document)).fatal == ()


def test_a_rate_of_several_taxes_is_their_sum() -> None:
    document = invoice([(1099, 149_750, S)], behavior=TaxBehavior.EXCLUSIVE)
    assert said(ubl(document), "TaxSubtotal/TaxCategory/Percent") == ["14.975"]
    assert isinstance(document.body.tax_groups[0], TaxGroup)

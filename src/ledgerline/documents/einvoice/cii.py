"""EN 16931 in UN/CEFACT Cross Industry Invoice D16B, as Factur-X embeds it.

Elements stand in the order of the schema. A credit note is an invoice of another type here.
"""

from typing import Final

from ledgerline.documents.einvoice.terms import (
    DISCOUNT,
    DISCOUNT_CODE,
    EMAIL_SCHEME,
    SPECIFICATION,
    UNIT,
    Breakdown,
    Party,
    Span,
    TermLine,
    Terms,
    terms,
)
from ledgerline.documents.einvoice.writing import element, group, plain
from ledgerline.documents.snapshot import Address, Document

_STANDARD: Final = "urn:un:unece:uncefact:data:standard"
_ROOT: Final = (
    f'<rsm:CrossIndustryInvoice xmlns:rsm="{_STANDARD}:CrossIndustryInvoice:100"'
    f' xmlns:qdt="{_STANDARD}:QualifiedDataType:100"'
    f' xmlns:ram="{_STANDARD}:ReusableAggregateBusinessInformationEntity:100"'
    f' xmlns:udt="{_STANDARD}:UnqualifiedDataType:100">'
)


def cii(document: Document) -> bytes:
    """Write a document as CII, the same bytes every time; raises what `terms` raises."""
    said = terms(document)
    inner = "".join((
        group("rsm:ExchangedDocumentContext", group(
            "ram:GuidelineSpecifiedDocumentContextParameter", element("ram:ID", SPECIFICATION)
        )),
        group(
            "rsm:ExchangedDocument",
            element("ram:ID", said.number),
            element("ram:TypeCode", said.type_code),
            _day("ram:IssueDateTime", said.issue_date),
        ),
        group(
            "rsm:SupplyChainTradeTransaction",
            *(_line(line) for line in said.lines),
            _agreement(said),
            "<ram:ApplicableHeaderTradeDelivery/>",
            _settlement(said),
        ),
    ))  # fmt: skip
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{_ROOT}{inner}</rsm:CrossIndustryInvoice>\n'
    ).encode()


def _day(name: str, day: str | None, kind: str = "udt") -> str:
    if day is None:
        return ""
    return group(name, element(f"{kind}:DateTimeString", day.replace("-", ""), ' format="102"'))


def _span(span: Span) -> str:
    return group(
        "ram:BillingSpecifiedPeriod",
        _day("ram:StartDateTime", span.first),
        _day("ram:EndDateTime", span.last),
    )


def _agreement(said: Terms) -> str:
    return group(
        "ram:ApplicableHeaderTradeAgreement",
        group("ram:SellerTradeParty", _party(said.seller)),
        group("ram:BuyerTradeParty", _party(said.buyer)),
        group("ram:ContractReferencedDocument", element("ram:IssuerAssignedID", said.contract)),
    )


def _party(party: Party) -> str:
    ids = party.ids
    return "".join((
        element("ram:ID", ids.identifier),
        element("ram:Name", party.name),
        group(
            "ram:SpecifiedLegalOrganization",
            element("ram:ID", ids.registration),
            element("ram:TradingBusinessName", party.trade_name),
        ),
        group("ram:DefinedTradeContact", group(
            "ram:EmailURIUniversalCommunication", element("ram:URIID", party.email)
        )),
        _address(party.address),
        group(
            "ram:URIUniversalCommunication",
            element("ram:URIID", party.email, f' schemeID="{EMAIL_SCHEME}"'),
        ),
        group("ram:SpecifiedTaxRegistration", element("ram:ID", ids.vat_id, ' schemeID="VA"')),
        group("ram:SpecifiedTaxRegistration", element("ram:ID", ids.tax_number, ' schemeID="FC"')),
    ))  # fmt: skip


def _address(address: Address) -> str:
    return group(
        "ram:PostalTradeAddress",
        element("ram:PostcodeCode", plain(address.postal_code)),
        element("ram:LineOne", plain(address.line1)),
        element("ram:LineTwo", plain(address.line2)),
        element("ram:CityName", plain(address.city)),
        element("ram:CountryID", address.country),
        element("ram:CountrySubDivisionName", plain(address.region)),
    )


def _settlement(said: Terms) -> str:
    original = said.original
    return group(
        "ram:ApplicableHeaderTradeSettlement",
        element("ram:InvoiceCurrencyCode", said.currency),
        _means(said),
        *(_tax(part) for part in said.breakdown),
        _span(said.span),
        group("ram:SpecifiedTradePaymentTerms", _day("ram:DueDateDateTime", said.due_date)),
        _summation(said),
        group(
            "ram:InvoiceReferencedDocument",
            element("ram:IssuerAssignedID", original.number),
            _day("ram:FormattedIssueDateTime", original.date, "qdt"),
        )
        if original is not None
        else "",
    )


def _means(said: Terms) -> str:
    means = said.means
    if means is None:
        return ""
    return group(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        element("ram:TypeCode", means.code),
        group("ram:ApplicableTradeSettlementFinancialCard", element("ram:ID", means.last4)),
    )


def _tax(part: Breakdown) -> str:
    return group(
        "ram:ApplicableTradeTax",
        element("ram:CalculatedAmount", part.tax),
        element("ram:TypeCode", "VAT"),
        element("ram:ExemptionReason", part.reason),
        element("ram:BasisAmount", part.base),
        element("ram:CategoryCode", part.category),
        element("ram:ExemptionReasonCode", part.reason_code),
        element("ram:RateApplicablePercent", part.rate),
    )


def _summation(said: Terms) -> str:
    sums = said.sums
    return group(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        element("ram:LineTotalAmount", sums.net),
        element("ram:TaxBasisTotalAmount", sums.net),
        element("ram:TaxTotalAmount", sums.tax, f' currencyID="{said.currency}"'),
        element("ram:GrandTotalAmount", sums.gross),
        element("ram:TotalPrepaidAmount", sums.prepaid),
        element("ram:DuePayableAmount", sums.payable),
    )


def _line(line: TermLine) -> str:
    return group(
        "ram:IncludedSupplyChainTradeLineItem",
        group("ram:AssociatedDocumentLineDocument", element("ram:LineID", line.number)),
        group(
            "ram:SpecifiedTradeProduct",
            element("ram:SellerAssignedID", line.item),
            element("ram:Name", line.name),
            element("ram:Description", line.description),
        ),
        group("ram:SpecifiedLineTradeAgreement", group(
            "ram:NetPriceProductTradePrice", element("ram:ChargeAmount", line.price)
        )),
        group(
            "ram:SpecifiedLineTradeDelivery",
            element("ram:BilledQuantity", line.quantity, f' unitCode="{UNIT}"'),
        ),
        _line_settlement(line),
    )  # fmt: skip


def _line_settlement(line: TermLine) -> str:
    return group(
        "ram:SpecifiedLineTradeSettlement",
        group(
            "ram:ApplicableTradeTax",
            element("ram:TypeCode", "VAT"),
            element("ram:CategoryCode", line.category),
            element("ram:RateApplicablePercent", line.rate),
        ),
        _span(line.span),
        _allowance(line.allowance),
        group(
            "ram:SpecifiedTradeSettlementLineMonetarySummation",
            element("ram:LineTotalAmount", line.net),
        ),
    )


def _allowance(value: str | None) -> str:
    if value is None:
        return ""
    return group(
        "ram:SpecifiedTradeAllowanceCharge",
        group("ram:ChargeIndicator", element("udt:Indicator", "false")),
        element("ram:ActualAmount", value),
        element("ram:ReasonCode", DISCOUNT_CODE),
        element("ram:Reason", DISCOUNT),
    )

"""EN 16931 in UBL 2.1: Invoice and CreditNote. Elements stand in the order of the schema."""

from typing import Final, NamedTuple

from ledgerline.documents.einvoice.terms import (
    CREDIT_NOTE,
    DISCOUNT,
    DISCOUNT_CODE,
    EMAIL_SCHEME,
    SPECIFICATION,
    UNIT,
    Breakdown,
    Means,
    Party,
    Span,
    TermLine,
    Terms,
    terms,
)
from ledgerline.documents.einvoice.writing import element, group, plain
from ledgerline.documents.snapshot import Address, Document

_NAMESPACES: Final = (
    ' xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"'
    ' xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
_VAT: Final = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
_OTHER_TAX: Final = "<cac:TaxScheme><cbc:ID>TAX</cbc:ID></cac:TaxScheme>"


class _Root(NamedTuple):
    """What tells an invoice from a credit note."""

    name: str
    type_code: str
    line: str
    quantity: str


_INVOICE: Final = _Root("Invoice", "InvoiceTypeCode", "InvoiceLine", "InvoicedQuantity")
_CREDIT_NOTE: Final = _Root(
    "CreditNote", "CreditNoteTypeCode", "CreditNoteLine", "CreditedQuantity"
)


def ubl(document: Document) -> bytes:
    """Write a document as UBL, the same bytes every time; raises what `terms` raises."""
    said = terms(document)
    root = _CREDIT_NOTE if said.type_code == CREDIT_NOTE else _INVOICE
    namespace = f"urn:oasis:names:specification:ubl:schema:xsd:{root.name}-2"
    inner = "".join((
        _head(said, root),
        group("cac:AccountingSupplierParty", _party(said.seller)),
        group("cac:AccountingCustomerParty", _party(said.buyer)),
        _means(said, root),
        _tax_total(said),
        _monetary_total(said),
        *(_line(line, root, said.currency) for line in said.lines),
    ))  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root.name} xmlns="{namespace}"{_NAMESPACES}>{inner}</{root.name}>\n'
    ).encode()


def _head(said: Terms, root: _Root) -> str:
    original = said.original
    return "".join((
        element("cbc:CustomizationID", SPECIFICATION),
        element("cbc:ID", said.number),
        element("cbc:IssueDate", said.issue_date),
        # a credit note has its due date with its means of payment
        element("cbc:DueDate", said.due_date if root is _INVOICE else None),
        element(f"cbc:{root.type_code}", said.type_code),
        element("cbc:DocumentCurrencyCode", said.currency),
        _period(said.span),
        group("cac:BillingReference", group(
            "cac:InvoiceDocumentReference",
            element("cbc:ID", original.number), element("cbc:IssueDate", original.date),
        )) if original is not None else "",
        group("cac:ContractDocumentReference", element("cbc:ID", said.contract)),
    ))  # fmt: skip


def _period(span: Span) -> str:
    return group(
        "cac:InvoicePeriod",
        element("cbc:StartDate", span.first),
        element("cbc:EndDate", span.last),
    )


def _party(party: Party) -> str:
    ids = party.ids
    return group(
        "cac:Party",
        element("cbc:EndpointID", party.email, f' schemeID="{EMAIL_SCHEME}"'),
        group("cac:PartyIdentification", element("cbc:ID", ids.identifier)),
        group("cac:PartyName", element("cbc:Name", party.trade_name)),
        _address(party.address),
        _tax_scheme(ids.vat_id, _VAT),
        _tax_scheme(ids.tax_number, _OTHER_TAX),
        group(
            "cac:PartyLegalEntity",
            element("cbc:RegistrationName", party.name),
            element("cbc:CompanyID", ids.registration),
        ),
        group("cac:Contact", element("cbc:ElectronicMail", party.email)),
    )


def _tax_scheme(value: str | None, scheme: str) -> str:
    return group("cac:PartyTaxScheme", element("cbc:CompanyID", value), scheme) if value else ""


def _address(address: Address) -> str:
    return group(
        "cac:PostalAddress",
        element("cbc:StreetName", plain(address.line1)),
        element("cbc:AdditionalStreetName", plain(address.line2)),
        element("cbc:CityName", plain(address.city)),
        element("cbc:PostalZone", plain(address.postal_code)),
        element("cbc:CountrySubentity", plain(address.region)),
        group("cac:Country", element("cbc:IdentificationCode", address.country)),
    )


def _means(said: Terms, root: _Root) -> str:
    means = said.means
    if means is None:
        return ""
    return group(
        "cac:PaymentMeans",
        element("cbc:PaymentMeansCode", means.code),
        element("cbc:PaymentDueDate", said.due_date if root is _CREDIT_NOTE else None),
        _card(means),
    )


def _card(means: Means) -> str:
    if means.last4 is None:
        return ""
    return group(
        "cac:CardAccount",
        element("cbc:PrimaryAccountNumberID", means.last4),
        element("cbc:NetworkID", means.network),
    )


def _amount(name: str, value: str | None, currency: str) -> str:
    return element(name, value, f' currencyID="{currency}"')


def _tax_total(said: Terms) -> str:
    return group(
        "cac:TaxTotal",
        _amount("cbc:TaxAmount", said.sums.tax, said.currency),
        *(_subtotal(part, said.currency) for part in said.breakdown),
    )


def _subtotal(part: Breakdown, currency: str) -> str:
    return group(
        "cac:TaxSubtotal",
        _amount("cbc:TaxableAmount", part.base, currency),
        _amount("cbc:TaxAmount", part.tax, currency),
        group(
            "cac:TaxCategory",
            element("cbc:ID", part.category),
            element("cbc:Percent", part.rate),
            element("cbc:TaxExemptionReasonCode", part.reason_code),
            element("cbc:TaxExemptionReason", part.reason),
            _VAT,
        ),
    )


def _monetary_total(said: Terms) -> str:
    sums, currency = said.sums, said.currency
    return group(
        "cac:LegalMonetaryTotal",
        _amount("cbc:LineExtensionAmount", sums.net, currency),
        _amount("cbc:TaxExclusiveAmount", sums.net, currency),
        _amount("cbc:TaxInclusiveAmount", sums.gross, currency),
        _amount("cbc:PrepaidAmount", sums.prepaid, currency),
        _amount("cbc:PayableAmount", sums.payable, currency),
    )


def _line(line: TermLine, root: _Root, currency: str) -> str:
    return group(
        f"cac:{root.line}",
        element("cbc:ID", line.number),
        element(f"cbc:{root.quantity}", line.quantity, f' unitCode="{UNIT}"'),
        _amount("cbc:LineExtensionAmount", line.net, currency),
        _period(line.span),
        _allowance(line.allowance, currency),
        group(
            "cac:Item",
            element("cbc:Description", line.description),
            element("cbc:Name", line.name),
            group("cac:SellersItemIdentification", element("cbc:ID", line.item)),
            group(
                "cac:ClassifiedTaxCategory",
                element("cbc:ID", line.category),
                element("cbc:Percent", line.rate),
                _VAT,
            ),
        ),
        group("cac:Price", _amount("cbc:PriceAmount", line.price, currency)),
    )


def _allowance(value: str | None, currency: str) -> str:
    if value is None:
        return ""
    return group(
        "cac:AllowanceCharge",
        element("cbc:ChargeIndicator", "false"),
        element("cbc:AllowanceChargeReasonCode", DISCOUNT_CODE),
        element("cbc:AllowanceChargeReason", DISCOUNT),
        _amount("cbc:Amount", value, currency),
    )

"""Documents to render: one of each kind, as the numbering step would build them."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from ledgerline.documents.snapshot import (
    FORMAT,
    Address,
    Body,
    Buyer,
    CameBack,
    Component,
    Document,
    Kind,
    Line,
    Original,
    Payment,
    Period,
    References,
    Seller,
    SellerRef,
    Settles,
    TaxGroup,
    TaxId,
    Totals,
    Treatment,
    Unit,
    part_hash,
)

LOGO: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 24">'
    '<circle cx="12" cy="12" r="10" fill="#6d28d9"/><rect x="30" y="8" width="86" height="8"'
    ' fill="#1f2937"/></svg>'
)

NUMBER: Final = "SE-2026-000001"

SELLER: Final = Seller(
    code="nordlys",
    name="Nordlys Music",
    legal_name="Nordlys Music AB",
    address=Address(line1="Sveavägen 44", postal_code="111 34", city="Stockholm", country="SE"),
    tax_id="SE556677889901",
    registration="556677-8899",
    email="billing@nordlys.example",
    website="nordlys.example",
)
BUYER: Final = Buyer(
    business=True,
    name="Dubois & Fils SARL",
    address=Address(line1="12 rue des Lilas", postal_code="75011", city="Paris", country="FR"),
    tax_ids=(TaxId(type="eu_vat", value="FR40303265045", check="valid"),),
)
CARD: Final = Payment(
    method="card",
    brand="visa",
    last4="4242",
    reference="pi_3MtwBwLkdIwHu7ix28a3tqPa",
    authorisation="812345",
    date="2026-03-15",
    amount=2_378,
)


def line(no: int = 1, **changes: object) -> Line:
    plain = Line(
        no=no,
        text="Premium Family",
        plan="premium-family",
        component="base",
        kind="recurring",
        period=Period(start="2026-03-15", end="2026-04-15"),
        quantity=1,
        unit=Unit(num=1_799),
        amount=1_799,
        net=1_512,
        tax=287,
        gross=1_799,
        treatment=Treatment.STANDARD,
        rate_ppm=190_000,
    )
    return replace(plain, **changes)


LINES: Final = (
    line(1),
    line(
        2,
        text="Extra seat",
        component="seat",
        quantity=3,
        unit=Unit(num=399),
        amount=1_197,
        discount=897,
        net=252,
        tax=48,
        gross=300,
    ),
    line(
        3,
        text="Setup",
        component="setup",
        kind="fixed",
        period=Period(start="2026-03-15", end="2026-03-16"),
        unit=Unit(num=279),
        amount=279,
        net=234,
        tax=45,
        gross=279,
    ),
)


def body(kind: Kind = Kind.INVOICE, **changes: object) -> Body:
    plain = Body(
        format=FORMAT,
        kind=kind,
        id="in_018f3c5e7a",
        series="se_018f3c",
        salt="c2FsdA",
        issue_date="2026-03-15",
        issued_at="2026-03-14T23:30:00Z",
        due_date="2026-03-29",
        currency="EUR",
        exponent=2,
        language="en-GB",
        market="de",
        behavior="inclusive",
        seller=SellerRef(part=part_hash(SELLER)),
        buyer=BUYER,
        lines=LINES,
        tax_groups=(
            TaxGroup(
                treatment=Treatment.STANDARD, rate_ppm=190_000, base=1_998, tax=380, name="VAT"
            ),
        ),
        totals=Totals(net=1_998, tax=380, gross=2_378, discount=897, payable=2_378),
        references=References(subscription="sub_018f3c5e7a"),
    )
    return replace(plain, **changes)


def document(kind: Kind, number: str | None, changes: Mapping[str, object]) -> Document:
    return Document(body=body(kind, **changes), seller=SELLER, number=number)


def invoice(**changes: object) -> Document:
    return document(Kind.INVOICE, NUMBER, changes)


def part_paid(**changes: object) -> Document:
    totals = Totals(
        net=1_998, tax=380, gross=2_378, discount=897, from_credit=500, from_notes=100, paid=778,
        payable=1_000,
    )  # fmt: skip
    paid = replace(CARD, amount=778)
    return document(Kind.INVOICE, NUMBER, {"totals": totals, "payments": (paid,), **changes})


def simplified(**changes: object) -> Document:
    given: dict[str, object] = {
        "buyer": None,
        "due_date": None,
        "totals": Totals(net=1_998, tax=380, gross=2_378, discount=897, paid=2_378),
        "payments": (CARD,),
    }
    return document(Kind.SIMPLIFIED_INVOICE, NUMBER, {**given, **changes})


def credit_note(**changes: object) -> Document:
    given: dict[str, object] = {
        "due_date": None,
        "lines": (line(1, text="Premium Family", amount=400, net=336, tax=64, gross=400),),
        "tax_groups": (TaxGroup(treatment=Treatment.STANDARD, rate_ppm=190_000, base=336, tax=64),),
        "totals": Totals(net=336, tax=64, gross=400),
        "reason": "plan_changed",
        "settles": Settles.CUSTOMER_CREDIT,
        "references": References(
            original=Original(id="in_0", date="2026-02-15", number="SE-2026-000000")
        ),
    }
    return document(Kind.CREDIT_NOTE, "SE-C-2026-000001", {**given, **changes})


def receipt(**changes: object) -> Document:
    given: dict[str, object] = {
        "due_date": None,
        "buyer": Buyer(name="Amélie Dubois"),
        "totals": Totals(net=1_998, tax=380, gross=2_378, discount=897, paid=2_378),
        "payments": (CARD,),
        "references": References(
            payment="pay_1",
            original=Original(id="in_0", date="2026-03-15", number="SE-2026-000001"),
        ),
    }
    return document(Kind.RECEIPT, "SE-R-2026-000001", {**given, **changes})


def refund_receipt(**changes: object) -> Document:
    given: dict[str, object] = {
        "due_date": None,
        "buyer": Buyer(name="Amélie Dubois"),
        "lines": (),
        "tax_groups": (),
        "totals": Totals(net=336, tax=64, gross=400, paid=400),
        "payments": (replace(CARD, amount=400),),
    }
    return document(Kind.REFUND_RECEIPT, "SE-R-2026-000002", {**given, **changes})


def refund_reversal(**changes: object) -> Document:
    given: dict[str, object] = {
        "due_date": None,
        "lines": (),
        "tax_groups": (),
        "totals": Totals(net=400, tax=0, gross=400, paid=400),
        "payments": (replace(CARD, amount=400),),
        "came_back": CameBack(credit=150, offset=250),
        "references": References(
            receipt=Original(id="rcp_0", date="2026-03-10", number="SE-R-2026-000002"),
        ),
    }
    return document(Kind.REFUND_REVERSAL, "SE-R-2026-000003", {**given, **changes})


def preview(**changes: object) -> Document:
    return document(Kind.INVOICE, None, changes)


def reverse_charge(**changes: object) -> Document:
    group = TaxGroup(treatment=Treatment.REVERSE_CHARGE, rate_ppm=0, base=10_000, tax=0)
    given: dict[str, object] = {
        "behavior": "exclusive",
        "lines": (
            line(unit=Unit(num=10_000), amount=10_000, net=10_000, tax=0, gross=10_000, rate_ppm=0),
        ),
        "tax_groups": (group,),
        "totals": Totals(net=10_000, tax=0, gross=10_000, payable=10_000),
    }
    return document(Kind.INVOICE, NUMBER, {**given, **changes})


def indian(**changes: object) -> Document:
    parts = tuple(Component(name=name, rate_ppm=90_000, tax=899) for name in ("CGST", "SGST"))
    group = TaxGroup(
        treatment=Treatment.STANDARD, rate_ppm=180_000, base=9_992, tax=1_798, name="GST",
        components=parts,
    )  # fmt: skip
    given: dict[str, object] = {
        "currency": "INR",
        "language": "hi-IN",
        "lines": (line(unit=Unit(num=11_790), amount=11_790, net=9_992, tax=1_798, gross=11_790),),
        "tax_groups": (group,),
        "totals": Totals(net=9_992, tax=1_798, gross=11_790, payable=11_790),
    }
    return document(Kind.INVOICE, NUMBER, {**given, **changes})


KINDS: Final[dict[str, Callable[..., Document]]] = {
    "invoice": invoice,
    "part_paid": part_paid,
    "simplified": simplified,
    "credit_note": credit_note,
    "receipt": receipt,
    "refund_receipt": refund_receipt,
    "refund_reversal": refund_reversal,
    "preview": preview,
    "reverse_charge": reverse_charge,
    "indian": indian,
}


def branded(document: Document) -> Document:
    seller = replace(SELLER, colour="#6d28d9", logo=LOGO)
    return replace(document, seller=seller)


def long(document: Document, lines: int) -> Document:
    """Repeat the first line; nothing but the count of lines is looked at."""
    many = tuple(replace(document.body.lines[0], no=no) for no in range(1, lines + 1))
    return replace(document, body=replace(document.body, lines=many))


def address(country: str) -> Address:
    return Address(line1="1", city="X", country=country)

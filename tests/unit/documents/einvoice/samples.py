"""Documents of a few lines, and what their XML says."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from ledgerline.base.money import EXPONENTS
from ledgerline.catalog.model import TaxBehavior
from ledgerline.documents.einvoice.reading import parsed
from ledgerline.documents.snapshot import (
    FORMAT,
    Address,
    Body,
    Buyer,
    Document,
    Kind,
    Line,
    Period,
    References,
    Seller,
    SellerRef,
    TaxGroup,
    TaxId,
    Totals,
    Treatment,
    part_hash,
)
from ledgerline.pricing.tax.arithmetic import TaxableLine, tax_lines
from tests.corpus import taxation

SELLER: Final = Seller(
    code="nordlys",
    name="Nordlys Music",
    legal_name="Nordlys Music AB",
    address=Address(line1="Sveavägen 44", postal_code="111 34", city="Stockholm", country="SE"),
    tax_id="SE556677889901",
    registration="556677-8899",
    email="billing@nordlys.example",
)
BUYER: Final = Buyer(
    name="Jana Köhler", address=Address(line1="Torstraße 1", city="Berlin", country="DE")
)
BUSINESS: Final = replace(
    BUYER,
    business=True,
    name="Köhler GmbH",
    tax_ids=(TaxId(type="eu_vat", value="DE123456789", check="valid"),),
)

Claimed = tuple[int, int, Treatment]


def invoice(
    claimed: Sequence[Claimed],
    *,
    currency: str = "EUR",
    behavior: TaxBehavior = TaxBehavior.INCLUSIVE,
    language: str = "de-DE",
    buyer: Buyer = BUYER,
) -> Document:
    """Make an invoice of lines given as (amount, rate in parts per million, treatment)."""
    taxed = tax_lines(
        [TaxableLine(amount, taxation(treatment, rate)) for amount, rate, treatment in claimed],
        behavior=behavior,
    )
    lines = tuple(
        Line(
            no=number, text="Premium", plan="premium", component="base", kind="recurring",
            period=Period(start="2026-03-01", end="2026-04-01"), quantity=1, amount=amount,
            net=amounts.net, tax=amounts.tax, gross=amounts.gross, treatment=treatment,
            rate_ppm=rate,
        )
        for number, ((amount, rate, treatment), amounts) in enumerate(
            zip(claimed, taxed.lines, strict=True), 1
        )
    )  # fmt: skip
    return Document(
        body=Body(
            format=FORMAT, kind=Kind.INVOICE, id="inv_01h455vb4pex5vsknk084sn02q", series="ser_1",
            salt="00", issue_date="2026-03-01", issued_at="2026-03-01T08:00:00Z",
            due_date="2026-03-15", currency=currency, exponent=EXPONENTS.get(currency, 2),
            language=language, market="DE", behavior=str(behavior),
            seller=SellerRef(part=part_hash(SELLER)), buyer=buyer, lines=lines,
            tax_groups=tuple(
                TaxGroup(
                    treatment=Treatment(of.treatment), rate_ppm=of.rate_ppm,
                    base=group.total.net, tax=group.total.tax,
                )
                for of, group in taxed.groups.items()
            ),
            totals=Totals(
                net=taxed.total.net, tax=taxed.total.tax, gross=taxed.total.gross,
                payable=taxed.total.gross,
            ),
            references=References(),
        ),
        seller=SELLER,
        number="INV-2026-000001",
    )  # fmt: skip


def said(xml: bytes, path: str) -> list[str]:
    """List what the elements at the end of a path say, whatever their namespaces."""
    steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    found: Any = parsed(xml).xpath(f"//{steps}")
    return [element.text for element in found]

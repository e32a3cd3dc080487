"""Factur-X a core-second: the CII of an invoice of three lines, and its PDF made a hybrid."""

import asyncio
import time
from datetime import UTC, datetime

from bench.report import Figure
from bench.stage import Stage
from ledgerline.documents.einvoice.cii import cii
from ledgerline.documents.einvoice.facturx import FILE_NAME, splice
from ledgerline.documents.pdf import compile_pdf
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
    Totals,
    Treatment,
    part_hash,
)

ISSUED = datetime(2026, 3, 1, 12, tzinfo=UTC)
RATE_PPM = 190_000
LINES = 3
# A page that carries the file: what is measured beside it does not depend on what it shows.
PAGE = f"""\
#set document(title: "Invoice")
#set text(lang: "en", font: "Noto Sans")
#pdf.attach(
  "{FILE_NAME}", bytes(json(bytes(sys.inputs.content)).xml), relationship: "alternative",
  mime-type: "text/xml", description: "The invoice for programs",
)
= Invoice
""".encode()
SELLER = Seller(
    code="music",
    name="Ledgerline Music",
    legal_name="Ledgerline Music GmbH",
    address=Address(line1="Torstraße 1", postal_code="10119", city="Berlin", country="DE"),
    tax_id="DE123456789",
    registration="HRB 12345",
    email="billing@music.example",
)


async def factur_x(stage: Stage, *, documents: int = 300) -> list[Figure]:
    """Measure writing and splicing, each of another invoice, against the page that carries it."""
    del stage  # a document needs no database
    _measure(1)  # the first one loads the library
    seconds, page = await asyncio.to_thread(_measure, documents)
    return [
        Figure(
            name="factur_x",
            value=documents / seconds,
            unit="documents/core-second",
            limit=documents / page,
            ratio=seconds / page,
            note=f"{documents:,} invoices: CII and splice on a PDF that is ready; limit: setting an"
            " empty page with the file attached",
        ),
    ]


def _measure(documents: int) -> tuple[float, float]:
    """Return the CPU seconds of writing and splicing, and of setting the page, turn by turn."""
    ours = page = 0.0
    for number in range(1, documents + 1):
        document = _invoice(number)
        begun = time.process_time()
        xml = cii(document)
        written = time.process_time()
        pdf = compile_pdf(PAGE, {"xml": xml.decode()}, created=ISSUED)
        ready = time.process_time()
        splice(pdf, xml)
        ours += time.process_time() - ready + written - begun
        page += ready - written
    return ours, page


def _invoice(number: int) -> Document:
    lines = tuple(_line(at, 100 * (10 + number * at)) for at in range(1, LINES + 1))
    net, tax = sum(line.net for line in lines), sum(line.tax for line in lines)
    return Document(
        body=Body(
            format=FORMAT, kind=Kind.INVOICE, id=f"inv_{number:026}", series="ser_1", salt="00",
            issue_date="2026-03-01", issued_at="2026-03-01T12:00:00Z", due_date="2026-03-15",
            currency="EUR", exponent=2, language="de-DE", market="DE", behavior="exclusive",
            seller=SellerRef(part=part_hash(SELLER)),
            buyer=Buyer(
                name=f"Erika Mustermann {number}",
                address=Address(line1="Heidestraße 17", city="Köln", country="DE"),
            ),
            lines=lines,
            tax_groups=(
                TaxGroup(treatment=Treatment.STANDARD, rate_ppm=RATE_PPM, base=net, tax=tax),
            ),
            totals=Totals(net=net, tax=tax, gross=net + tax, payable=net + tax),
            references=References(),
        ),
        seller=SELLER,
        number=f"LM-2026-{number:07}",
    )  # fmt: skip


def _line(number: int, net: int) -> Line:
    tax = net * RATE_PPM // 10**6
    return Line(
        no=number, text="Premium Family", plan="family", component="base", kind="recurring",
        period=Period(start="2026-03-01", end="2026-04-01"), quantity=1, amount=net, net=net,
        tax=tax, gross=net + tax, treatment=Treatment.STANDARD, rate_ppm=RATE_PPM,
    )  # fmt: skip

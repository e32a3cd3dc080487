"""What rendering a kind of document costs, beside the typesetter alone on content that is ready."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from bench.report import Figure
from ledgerline.documents import content, pdf, render
from ledgerline.documents.snapshot import (
    Address,
    Body,
    Buyer,
    Document,
    Kind,
    Line,
    Payment,
    Period,
    References,
    Seller,
    SellerRef,
    TaxGroup,
    Totals,
    Treatment,
    Unit,
)

LOCALES = ("de-DE", "en-GB", "fr-FR", "sv-SE", "ar-SA", "ja-JP")
PRICE, NET = 1_199, 1_008
SELLER = Seller(
    code="music",
    name="Ledgerline Music",
    legal_name="Ledgerline Music GmbH",
    address=Address(line1="Torstraße 1", postal_code="10119", city="Berlin", country="DE"),
    tax_id="DE123456789",
    registration="HRB 123456 B",
    email="billing@ledgerline.example",
    colour="#5b21b6",
)


async def pages(name: str, make: Callable[[int], Document], *, count: int, goal: int) -> Figure:
    """Render `count` documents, each another one, so that nothing is remembered between two."""
    for number in range(len(LOCALES)):
        render.render_pdf(make(number))  # the first ones read the fonts
    seconds, limit = await asyncio.to_thread(_measure, make, count)
    return Figure(
        name=name,
        value=count / seconds,
        unit=f"{name}/core-second",
        limit=count / limit,
        ratio=seconds / limit,
        note=f"{count:,} {name} in {len(LOCALES)} languages; limit: the typesetter on ready"
        f" content of as many others; goal ≥ {goal}/core-second",
    )


def _measure(make: Callable[[int], Document], count: int) -> tuple[float, float]:
    """Return the CPU seconds of whole renderings and of the typesetter alone, turn by turn."""
    template = pdf.template("document.typ")
    whole = bare = 0.0
    for number in range(len(LOCALES), len(LOCALES) + count):
        other = make(count + number)
        writing = content.writing_of(other)
        said = content.content_of(other, writing)
        ready = {**said, "families": writing.ink.families(), "paper": "a4", "attachment": None}
        ready["pages"] = 1
        issued, packages = datetime.fromisoformat(other.body.issued_at), writing.ink.packages()
        before = time.process_time()
        render.render_pdf(make(number))
        between = time.process_time()
        pdf.compile_pdf(template, ready, created=issued, packages=packages)
        whole, bare = whole + between - before, bare + time.process_time() - between
    return whole, bare


def document(kind: Kind, number: int, *, lines: int) -> Document:
    """Make a document of equal lines that nobody else has."""
    return Document(body=_body(kind, number, lines), seller=SELLER, number=f"LM-{number:07}")


def _body(kind: Kind, number: int, lines: int) -> Body:
    gross, net = PRICE * lines, NET * lines
    paid = gross if kind is Kind.RECEIPT else 0
    reference = f"ch_{number:024x}"
    card = Payment(
        method="card", brand="visa", last4="4242", reference=reference, date="2026-03-01",
        amount=gross,
    )  # fmt: skip
    home = Address(line1=f"Lindenweg {number}", postal_code="80331", city="München", country="DE")
    return Body(
        format=1,
        kind=kind,
        id=f"in_{number}",
        series="se_1",
        salt="c2FsdA",
        issue_date="2026-03-01",
        issued_at=f"2026-03-01T12:{number // 60 % 60:02}:{number % 60:02}Z",
        due_date=None if paid else "2026-03-15",
        currency="EUR",
        exponent=2,
        language=LOCALES[number % len(LOCALES)],
        market="de",
        behavior="inclusive",
        seller=SellerRef(part="0" * 64),
        buyer=Buyer(name=f"Erika Mustermann {number}", address=home),
        lines=tuple(_line(no) for no in range(1, lines + 1)),
        tax_groups=(
            TaxGroup(treatment=Treatment.STANDARD, rate_ppm=190_000, base=net, tax=gross - net),
        ),
        totals=Totals(net=net, tax=gross - net, gross=gross, paid=paid, payable=gross - paid),
        payments=(card,) if paid else (),
        references=References(subscription=f"sub_{number}"),
    )


def _line(no: int) -> Line:
    return Line(
        no=no,
        text=f"Premium {no}",
        plan="premium",
        component="base",
        kind="recurring",
        period=Period(start="2026-03-01", end="2026-04-01"),
        quantity=1,
        unit=Unit(num=PRICE),
        amount=PRICE,
        net=NET,
        tax=PRICE - NET,
        gross=PRICE,
        treatment=Treatment.STANDARD,
        rate_ppm=190_000,
    )

"""Receipt PDFs a core-second, against the typesetter alone on content that is ready."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from bench.report import Figure
from bench.stage import Stage
from ledgerline.base.money import Currency, Money
from ledgerline.documents import pdf, receipt
from ledgerline.documents.receipt import (
    PaymentView,
    ReceiptKind,
    ReceiptLine,
    ReceiptView,
    SellerView,
    render_receipt,
)

ISSUED = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOCALES = ("de", "en", "fr", "ar", "ja")
GOAL = 100  # receipts a core-second


async def receipts(stage: Stage, *, documents: int = 500) -> list[Figure]:
    """Measure rendering, each receipt another one, so that nothing is remembered between two."""
    del stage  # a document needs no database
    render_receipt(_view(0))  # the first one reads the fonts
    seconds, limit = await asyncio.to_thread(_measure, documents)
    return [
        Figure(
            name="receipts",
            value=documents / seconds,
            unit="receipts/core-second",
            limit=documents / limit,
            ratio=seconds / limit,
            note=f"{documents:,} receipts; limit: the typesetter on ready content of as many"
            f" others; goal ≥ {GOAL}/core-second",
        ),
    ]


def _measure(documents: int) -> tuple[float, float]:
    """Return the CPU seconds of receipts and of the typesetter alone, turn by turn."""
    template = pdf.template("receipt.typ")
    whole = bare = 0.0
    for number in range(1, documents + 1):
        content = receipt._content(_view(documents + number))  # noqa: SLF001 - what it is given
        before = time.process_time()
        render_receipt(_view(number))
        between = time.process_time()
        pdf.compile_pdf(template, content, created=ISSUED)
        whole, bare = whole + between - before, bare + time.process_time() - between
    return whole, bare


def _view(number: int) -> ReceiptView:
    currency = Currency("EUR")
    tax, total = Money(175 + number, currency), Money(1_099 + number, currency)
    return ReceiptView(
        seller=SellerView("Ledgerline Music GmbH", ("Torstraße 1", "10119 Berlin"), "DE123456789"),
        customer_name=f"Erika Mustermann {number}",
        receipt_number=f"LM-R-2026-{number:07}",
        invoice_number=f"LM-2026-{number:07}",
        kind=ReceiptKind.PAYMENT,
        issued_at=ISSUED + timedelta(minutes=number),
        zone="Europe/Berlin",
        lines=(ReceiptLine("Individual", "1–31 March 2026", 1, total),),
        net=Money(total.minor - tax.minor, currency),
        tax=tax,
        total=total,
        tax_rate_ppm=190_000,
        payment=PaymentView("Visa •••• 4242", f"ch_{number:024x}", f"{number:06}"),
        locale=LOCALES[number % len(LOCALES)],
    )

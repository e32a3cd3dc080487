"""Invoice PDFs a core-second."""

from functools import partial

from bench.pages import document, pages
from bench.report import Figure
from bench.stage import Stage
from ledgerline.documents.snapshot import Kind

GOAL = 120  # a core-second


async def invoices(stage: Stage, *, documents: int = 500) -> list[Figure]:
    """Measure invoices of three lines that name their buyer in full."""
    del stage  # a document needs no database
    make = partial(document, Kind.INVOICE, lines=3)
    return [await pages("invoices", make, count=documents, goal=GOAL)]

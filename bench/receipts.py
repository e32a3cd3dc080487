"""Receipt PDFs a core-second."""

from functools import partial

from bench.pages import document, pages
from bench.report import Figure
from bench.stage import Stage
from ledgerline.documents.snapshot import Kind

GOAL = 150  # a core-second


async def receipts(stage: Stage, *, documents: int = 500) -> list[Figure]:
    """Measure receipts of one line and one card payment."""
    del stage  # a document needs no database
    make = partial(document, Kind.RECEIPT, lines=1)
    return [await pages("receipts", make, count=documents, goal=GOAL)]

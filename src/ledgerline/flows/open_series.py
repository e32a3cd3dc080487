"""Open the number series that documents belong to."""

from collections.abc import Iterable
from datetime import date

from ledgerline.base.db import Tx
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rules.numbering import series_of


async def open_series_in(tx: Tx, documents: Iterable[tuple[str, str, date]]) -> None:
    """Open the series of documents, each given as its seller, its kind and its day of issue.

    Called by every flow that issues a document, before it queues the document for its number; a
    series that exists is left alone.
    """
    wanted = {series_of(seller_code, kind, on) for seller_code, kind, on in documents}
    await invoicing.open_series(tx, sorted(wanted))  # in one order, so that two never deadlock

"""Refuse a question about a seller that there is not."""

from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.refusals import UnknownSeller


async def check_seller(run: Run, seller_code: str | None) -> None:
    """Raise ``UnknownSeller`` unless there is such a seller; None asks about all."""
    if seller_code is None:
        return
    async with run.transaction() as tx:
        codes = sorted(row.code for row in await catalog.read_sellers(tx))
    if seller_code not in codes:
        raise UnknownSeller("no seller has this code", seller=seller_code, sellers=codes)

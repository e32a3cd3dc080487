"""Refuse a question about a market that there is not."""

from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.refusals import UnknownMarket


async def check_market(run: Run, market_code: str) -> None:
    """Raise ``UnknownMarket``, which names the ``markets`` that there are, unless this is one.

    Called by what answers where a charge would go: rules decide about any two letters.
    """
    async with run.transaction() as tx:
        codes = sorted(row.code for row in await catalog.read_markets(tx))
    if market_code not in codes:
        raise UnknownMarket(
            "nothing is sold in this market", market=market_code, markets=", ".join(codes)
        )

"""Read every version of what buyers in a market are told and confirm."""

from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import MarketTextRow


async def read_texts(run: Run, market_code: str) -> list[MarketTextRow]:
    """Read the texts of a market, old ones too; none for a market without any."""
    async with run.transaction() as tx:
        return await catalog.read_texts(tx, market_codes=[market_code])

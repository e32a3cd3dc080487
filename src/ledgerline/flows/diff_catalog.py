"""Compare a catalog with the published one and write nothing."""

from ledgerline.base.run import Run
from ledgerline.catalog.model import Catalog
from ledgerline.catalog.rules.revision import Revision, review
from ledgerline.flows.read_catalog import read_catalog_in


async def diff_catalog(run: Run, new: Catalog) -> Revision:
    """Say what ``load_catalog`` would do with a catalog, and what it would refuse."""
    async with run.transaction() as tx:
        return review(await read_catalog_in(tx), new, now=run.now())

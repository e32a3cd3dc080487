"""Read two releases by their numbers, to be compared."""

from ledgerline.base.run import Run
from ledgerline.releases import store
from ledgerline.releases.refusals import ReleaseNotFound
from ledgerline.releases.rows import ReleaseRow


async def read_two_releases(run: Run, before: int, after: int) -> tuple[ReleaseRow, ReleaseRow]:
    """Return them in the order in which they are named; raises ``ReleaseNotFound``."""
    async with run.surveying() as read:
        found = {row.no: row for row in await store.read_numbered(read, nos=[before, after])}
        newest = await store.read_releases(read, limit=1)
    if missing := [no for no in (before, after) if no not in found]:
        raise ReleaseNotFound(
            "no release has this number",
            release=missing[0],
            newest=newest[0].no if newest else None,
        )
    return found[before], found[after]

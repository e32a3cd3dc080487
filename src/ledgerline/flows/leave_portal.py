"""End a session of the portal: its cookie opens nothing any more."""

from ledgerline.access import store as access
from ledgerline.access.rows import PortalRow
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run


@repeated
async def leave_portal(run: Run, row: PortalRow) -> None:
    """End a session; one that has ended stays so. Called by the portal."""
    async with run.transaction() as tx:
        await access.close_portal(tx, bucket=row.bucket, id=row.id, now=run.wall())

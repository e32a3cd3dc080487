"""Keep on which day an API key last opened something."""

from datetime import date

from ledgerline.access import store as access
from ledgerline.base.run import Run


async def note_key_use(run: Run, *, key_id: str, day: date) -> None:
    """Keep it, once a day; nobody waits for the disk, and a crash may lose a day."""
    async with run.transaction() as tx:
        await tx.relax()
        await access.note_key_use(tx, id=key_id, day=day)

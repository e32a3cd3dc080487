"""Keep that a session of the console is used, so that it does not end for idleness."""

from uuid import UUID

from ledgerline.access import store as access
from ledgerline.base.run import Run


async def see_session(run: Run, session_id: UUID) -> bool:
    """Keep that a session is used now; False where it has ended meanwhile.

    Nobody waits for the disk: what a crash loses is a minute of a session.
    """
    async with run.transaction() as tx:
        await tx.relax()
        return await access.see_session(tx, id=session_id, seen_at=run.wall()) == 1

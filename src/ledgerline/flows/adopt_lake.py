"""Say that a database which was set back is the one whose history the lake goes on with."""

import asyncio
from collections.abc import Sequence

from ledgerline.base.run import Run
from ledgerline.datasets.history import EVER, Mark, lost, marked, set_aside
from ledgerline.datasets.lake import Lake
from ledgerline.releases import store


async def adopt_lake(run: Run, lake: Lake, *, dry_run: bool = False) -> Sequence[Mark]:
    """Set aside what was closed in the lake and is not known to the database; return it.

    Called by the operator after a restore, when no other database writes into the lake. The
    database names none of it, so nothing that is published changes; what is set aside is swept
    later. ``dry_run`` only returns it. Raises ``LakeUnusable``.
    """
    there = await asyncio.to_thread(marked, lake.storage)
    async with run.surveying() as read:
        known = [
            *await store.read_intervals(read),
            *await store.read_retired_intervals(read, since=EVER),
        ]
    given_up = lost(lake.storage, there, known)
    if not dry_run:
        set_aside(lake.storage, given_up)
    return given_up

"""Hold the lake: one process writes into it at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from ledgerline.base.ids import Bucket
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import canceled
from ledgerline.datasets.lake import Lake
from ledgerline.flows.hold_lake import busy
from ledgerline.releases import store
from ledgerline.releases.rows import LAKE

LEASE_SECONDS: Final = 60
_HEARTBEAT_SECONDS: Final = 15
_PLATFORM: Final = Bucket(0)


@contextlib.asynccontextmanager
async def lease_lake(run: Run, lake: Lake, *, holder: str) -> AsyncIterator[Lake]:
    """Hold the lake for the length of the block, and give it back; yield it as ours.

    What is closed or released through it is refused once the lease ran out (a machine that slept, a
    database that could not be reached), since another process may have begun by then. Raises
    ``LakeBusy``, which names who holds it.
    """
    token = run.new_id(_PLATFORM)
    async with run.transaction() as tx:
        taken = await store.take_lease(
            tx, name=LAKE, token=token, holder=holder, seconds=LEASE_SECONDS
        )
        held = None if taken else await store.read_lease(tx, name=LAKE)
    if not taken:
        raise busy(held)
    beating = asyncio.create_task(_beat(run, replace(lake, token=token)))
    try:
        yield replace(lake, token=token)
    finally:
        for failure in await canceled(beating):
            raise failure
        async with run.transaction() as tx:
            await store.give_lease_back(tx, name=LAKE, token=token)


async def _beat(run: Run, lake: Lake) -> None:
    """Extend until canceled; a lease that is gone needs no beat, nothing is committed under it."""
    while True:
        await asyncio.sleep(_HEARTBEAT_SECONDS)
        if not await _extend(run, lake):
            return


@repeated
async def _extend(run: Run, lake: Lake) -> bool:
    assert lake.token is not None
    async with run.transaction() as tx:
        return await store.extend_lease(tx, name=LAKE, token=lake.token, seconds=LEASE_SECONDS)

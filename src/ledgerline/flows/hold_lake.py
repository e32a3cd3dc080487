"""Let only the holder of the lake commit what it made there."""

from ledgerline.base.db import Tx
from ledgerline.datasets.lake import Lake
from ledgerline.releases import store
from ledgerline.releases.refusals import LakeBusy
from ledgerline.releases.rows import LAKE, LeaseRow


async def hold_lake_in(tx: Tx, lake: Lake) -> None:
    """Refuse to commit what was made of a lake that may be another's by now: ``LakeBusy``.

    A lake that nobody leased is not refused: what two of them write is told apart by its number.
    """
    if lake.token is None:
        return
    if await store.hold_lease(tx, name=LAKE, token=lake.token) is None:
        raise busy(await store.read_lease(tx, name=LAKE))


def busy(held: LeaseRow | None) -> LakeBusy:
    """Say who holds the lake."""
    if held is None:
        return LakeBusy("the lease of the lake ran out, and nothing was written: run it again")
    return LakeBusy(
        f"{held.holder} works on the lake since {held.taken_at:%H:%M:%S}, and two never do at once",
        holder=held.holder,
        since=held.taken_at.isoformat(),
        until=held.expires_at.isoformat(),
    )

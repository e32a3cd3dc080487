"""Build a range of months again, oldest first, each in a release of its own."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, NamedTuple

from ledgerline.base.calendar import add_months
from ledgerline.base.run import Run
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.nodes import code_version
from ledgerline.flows.publish_release import Built, publish_release
from ledgerline.releases import store
from ledgerline.releases.rows import ReleaseRow

Tell = Callable[[str], None]
RELEASES_READ: Final = 1_000
"""How far back an interrupted backfill is looked for."""


class Range(NamedTuple):
    """Months from the ``first`` to the ``last``, both included, and why they are built again."""

    first: date
    last: date
    reason: str

    @property
    def months(self) -> list[date]:
        """All of them, in order."""
        months, month = list[date](), self.first
        while month <= self.last:
            months.append(month)
            month = add_months(month, 1, anchor_day=1)
        return months

    def said_of(self, month: date) -> str:
        """Return what the release of one month says of its reason."""
        return f"backfill {self.first:%Y-%m} to {self.last:%Y-%m}, {month:%Y-%m}: {self.reason}"


class Backfilled(NamedTuple):
    """What a backfill did: a release a month, months that were done before, and months without.

    Nothing was ever booked in ``nothing_in``.
    """

    releases: Sequence[tuple[date, int]]
    done_before: Sequence[date]
    nothing_in: Sequence[date]


async def backfill_releases(
    run: Run, lake: Lake, asked: Range, *, actor: str, tell: Tell = lambda _: None
) -> Backfilled:
    """Build each month of a range again and release it before the next one is begun.

    Killed anywhere, or blocked by an audit, months that were released stay so, and the same range
    with the same reason goes on behind the last of them: once it has come to its end, or once other
    code builds, it begins anew. Raises what ``publish_release`` raises.
    """
    async with run.surveying() as read:
        releases = await store.read_releases(read, limit=RELEASES_READ)
    done = done_before(asked, releases)
    released, nothing = list[tuple[date, int]](), list[date]()
    for month in asked.months[len(done) :]:
        built = await _month(run, lake, asked, month, actor=actor, tell=tell)
        if built.release_no is None:
            nothing.append(month)
        else:
            released.append((month, built.release_no))
    return Backfilled(released, done, nothing)


def done_before(asked: Range, releases: Sequence[ReleaseRow]) -> list[date]:
    """Return the months that an interrupted backfill of the same range has released.

    ``releases`` are the newest first.
    """
    said = {asked.said_of(month): month for month in asked.months}
    last = next((one for one in releases if one.reason in said), None)
    if last is None or last.code_version != code_version() or said[last.reason] == asked.last:
        return []
    return [month for month in asked.months if month <= said[last.reason]]


async def _month(
    run: Run, lake: Lake, asked: Range, month: date, *, actor: str, tell: Tell
) -> Built:
    return await publish_release(
        run,
        lake,
        again=[month],
        reason=asked.said_of(month),
        actor=actor,
        tell=lambda name: tell(f"{month:%Y-%m}  {name}"),
    )

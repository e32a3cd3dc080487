"""Bring the data sets up to date: export, build, release, and note what it came to."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from adbc_driver_manager import Error as ReadFailed
from sqlalchemy.exc import SQLAlchemyError

from ledgerline.base.errors import Rejected, Unavailable
from ledgerline.base.run import Run
from ledgerline.datasets.engines import require_runnable
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.manifest import Interval
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.lease_lake import lease_lake
from ledgerline.flows.publish_release import Built, publish_release
from ledgerline.releases import store
from ledgerline.releases.rows import OutcomeRow

Tell = Callable[[str], None]


class Stopped(Exception):
    """Raised by ``tell`` to end a run between two of its steps: nothing is released."""


class Refreshed(NamedTuple):
    """What a run came to; ``interval`` is None where nothing was new."""

    interval: Interval | None
    built: Built


class Turn(NamedTuple):
    """Who runs, and when it will again; None for a run by hand."""

    holder: str
    next_at: datetime | None = None


async def refresh_release(
    run: Run, lake: Lake, *, turn: Turn, tell: Tell = lambda _: None
) -> Refreshed:
    """Export what is new and release what changed, as the only one who does.

    What it came to is noted for ``data status``, also when it is refused. Raises what
    ``export_interval`` and ``publish_release`` raise, ``LakeBusy`` (which is not noted: another run
    is under way), ``Stopped``, and ``Unavailable`` when the database does not answer.
    """
    require_runnable(lake.engine)  # before anything is exported
    began = run.wall()
    async with lease_lake(run, lake, holder=turn.holder) as ours:
        outcome, said, no = "stopped", "", None
        try:
            exported = await export_interval(run, ours, tell=tell)
            built = await publish_release(run, ours, tell=tell)
            no = built.release_no
            outcome = "unchanged" if no is None else "released"
        except Rejected as refusal:
            outcome, said = "refused", str(refusal)
            raise
        except (ReadFailed, SQLAlchemyError) as failure:
            raise Unavailable(
                f"the database did not answer: {failure}".splitlines()[0]
            ) from failure
        finally:
            row = OutcomeRow(
                holder=turn.holder,
                began_at=began,
                ended_at=run.wall(),
                outcome=outcome,
                said=said,
                release_no=no,
                next_at=turn.next_at,
            )
            async with run.transaction() as tx:
                await store.add_outcome(tx, row)
    return Refreshed(exported, built)

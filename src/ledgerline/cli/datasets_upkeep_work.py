"""What the commands of the upkeep do."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from ledgerline.cli.datasets_lake import lake_of
from ledgerline.cli.datasets_upkeep import holder
from ledgerline.cli.program import Program
from ledgerline.datasets.release import raw_of
from ledgerline.flows.adopt_lake import adopt_lake
from ledgerline.flows.close_release import close_release
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.lease_lake import lease_lake
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_release import Published, read_release
from ledgerline.flows.sweep_lake import sweep_lake

Tell = Callable[[str], None]
Shown = dict[str, Any]
_MEGABYTE: Final = 1_000_000


async def close(of: Program, month: date, *, actor: str, dry_run: bool, tell: Tell) -> Shown:
    """Close a month, or say what would be closed."""
    async with of.open() as running:
        here = await running.run.at_clock()
        if dry_run:
            found = await close_release(
                here, lake_of(of), month=month, actor=actor, dry_run=True, tell=tell
            )
        else:
            async with lease_lake(here, lake_of(of), holder=holder()) as lake:
                found = await close_release(here, lake, month=month, actor=actor, tell=tell)
    return {
        "month": f"{found.month:%Y-%m}",
        "tag": found.tag,
        "release": found.release_no,
        "closed_at": found.closed_at,
        "tables": [one._asdict() for one in found.tables],
    }


async def sweep(
    of: Program, ages: tuple[timedelta, timedelta], *, dry_run: bool, tell: Tell
) -> Shown:
    """Delete what nothing names, or say what would go."""
    kept, grace = ages
    async with of.open() as running, lease_lake(running.run, lake_of(of), holder=holder()) as lake:
        gone = await sweep_lake(
            running.run, lake, kept=kept, grace=grace, dry_run=dry_run, tell=tell
        )
    size = gone.tables.size + gone.folders.size
    return {
        "dry_run": dry_run,
        "releases_retired": list(gone.ended.releases),
        "intervals_retired": list(gone.ended.intervals),
        "held_nowhere_else": list(gone.ended.lacking),
        "snapshots": gone.tables.snapshots,
        "raw_folders": gone.folders.folders,
        "files": gone.tables.files + gone.folders.files,
        "megabytes": -(-size // _MEGABYTE),
    }


async def lost(of: Program) -> Shown:
    """Say what would be set aside."""
    async with of.open() as running:
        given_up = await adopt_lake(running.run, lake_of(of), dry_run=True)
    return {"set_aside": [one.no for one in given_up], "interval": None, "release": None}


async def adopt(of: Program, *, reason: str, actor: str, tell: Tell) -> Shown:
    """Set aside what the database does not know, read everything once more, and release it."""
    async with of.open() as running, lease_lake(running.run, lake_of(of), holder=holder()) as lake:
        here = await running.run.at_clock()
        given_up = await adopt_lake(here, lake)
        exported = await export_interval(here, lake, anew=True, tell=tell)
        again = _open_months(await read_release(here))
        built = await publish_release(
            here, lake, again=again, reason=reason, actor=actor, tell=tell
        )
    return {
        "set_aside": [one.no for one in given_up],
        "interval": None if exported is None else exported.no,
        "release": built.release_no,
    }


def _open_months(found: Published) -> list[date]:
    closed = {one.month for one in found.closes}
    return sorted(raw_of(found.intervals).months() - closed)

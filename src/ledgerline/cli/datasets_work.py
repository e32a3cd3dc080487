"""What the commands of ``ledgerline data`` do."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ledgerline.base.run import Run
from ledgerline.cli.datasets_lake import lake_of
from ledgerline.cli.datasets_upkeep import holder
from ledgerline.cli.place import Place
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.datasets.contract import type_of
from ledgerline.datasets.diff import diff as compare
from ledgerline.datasets.docs import stale
from ledgerline.datasets.docs import write_pages as write_docs
from ledgerline.datasets.engines import STANDING, EngineName
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.manifest import Interval
from ledgerline.datasets.nodes import node_of
from ledgerline.datasets.proving import prove
from ledgerline.datasets.reading import answer, sizes
from ledgerline.datasets.release import checks_of
from ledgerline.flows.backfill_releases import Range, backfill_releases
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.lease_lake import lease_lake
from ledgerline.flows.publish_release import Built, publish_release
from ledgerline.flows.read_release import Published, read_release
from ledgerline.flows.refresh_release import Turn, refresh_release
from ledgerline.releases.rows import ReleaseRow
from ledgerline.report.site import Of, write_report

Tell = Callable[[str], None]
Shown = dict[str, Any]


async def export(of: Program, tell: Tell, *, anew: bool) -> Shown:
    """Close an interval; ``anew`` reads everything once more."""
    async with of.open() as running, lease_lake(running.run, lake_of(of), holder=holder()) as lake:
        return _interval(await export_interval(running.run, lake, anew=anew, tell=tell))


async def run(of: Program, tell: Tell) -> Shown:
    """Close an interval and release what changed."""
    async with of.open() as running:
        here = await running.run.at_clock()
        return await _publish(here, lake_of(of), tell)


async def publish(run: Run, folder: Path, database_url: str, tell: Tell) -> Shown:
    """Do so at the lake in ``folder``."""
    return await _publish(run, Lake(folder, database_url), tell)


async def _publish(run: Run, lake: Lake, tell: Tell) -> Shown:
    done = await refresh_release(run, lake, turn=Turn(holder()), tell=tell)
    return {**_interval(done.interval), **_built(done.built)}


async def restate(
    of: Program, months: Sequence[date], *, reason: str, actor: str, tell: Tell
) -> Shown:
    """Build months again."""
    async with of.open() as running, lease_lake(running.run, lake_of(of), holder=holder()) as lake:
        here = await running.run.at_clock()
        built = await publish_release(
            here, lake, again=months, reason=reason, actor=actor, tell=tell
        )
    if built.release_no is None:
        raise CommandFailed(
            "nothing was ever booked in these months", hint="`ledgerline data status`"
        )
    return _built(built)


async def backfill(of: Program, asked: Range, *, actor: str, tell: Tell) -> Shown:
    """Build a range of months again."""
    async with of.open() as running, lease_lake(running.run, lake_of(of), holder=holder()) as lake:
        here = await running.run.at_clock()
        done = await backfill_releases(here, lake, asked, actor=actor, tell=tell)
    return {
        "months": [f"{month:%Y-%m}" for month, _ in done.releases],
        "releases": [no for _, no in done.releases],
        "done_before": [f"{month:%Y-%m}" for month in done.done_before],
        "nothing_booked_in": [f"{month:%Y-%m}" for month in done.nothing_in],
    }


def diff(
    of: Program, two: tuple[ReleaseRow, ReleaseRow], name: str | None, *, rows_max: int
) -> list[Shown]:
    """Compare two releases."""
    before, after = two
    found = compare(lake_of(of), before, after, name=name, rows_max=rows_max)
    return [
        {
            "table": one.name,
            "added": one.added,
            "removed": one.removed,
            "changed": one.changed,
            "why": one.why,
            "totals": [
                {**total._asdict(), "difference": total.after - total.before}
                for total in one.totals
            ],
            "rows": [row._asdict() for row in one.rows],
        }
        for one in found
    ]


def status(of: Program, found: Published) -> Shown:
    """Say what there is."""
    last = found.intervals[-1] if found.intervals else None
    current = found.releases[0] if found.releases else None
    checks = [] if current is None else checks_of(current)
    return {
        "intervals": len(found.intervals),
        "exported_until": None if last is None else last.read_at,
        "release": None if current is None else current.no,
        "business_day": None if current is None else current.business_day,
        "released_at": None if current is None else current.made_at,
        "reason": None if current is None else current.reason,
        "intervals_not_released": sum(
            current is None or one.no > current.interval_no for one in found.intervals
        ),
        "closed_months": sorted({f"{one.month:%Y-%m}" for one in found.closes}),
        "audits": len(checks),
        "warnings": [one.name for one in checks if one.broken],
        "built_by": None if current is None else current.engine,
        "engine": _told(lake_of(of).engine),
        "lake": lake_of(of).storage.name,
        "tables": [] if current is None else [one._asdict() for one in sizes(lake_of(of), current)],
    }


def audit(of: Program, found: Published, tell: Tell) -> list[Shown]:
    """Prove the current release again."""
    proven = prove(lake_of(of), found.intervals, found.current, tell=tell)
    return [
        {
            "audit": one.name,
            "holds": one.sentence,
            "blocks": one.blocks,
            "broken": one.broken,
            "first": str(one.rows[0]) if one.rows else None,
        }
        for one in proven
    ]


def query(of: Program, released: ReleaseRow, sql: str) -> list[Shown]:
    """Answer a query over a release."""
    rows: list[Shown] = answer(lake_of(of), released, sql).to_pylist()
    return rows


def report(
    of: Program,
    found: Published,
    names: Sequence[str],
    *,
    out: Path | None,
    locale: str,
    tell: Tell,
) -> Shown:
    """Write report pages of the current release."""
    lake = lake_of(of)
    folder = (of.place.report if out is None else out).resolve()
    first = _pages(lake, found, folder, names=names, locale=locale, tell=tell)
    return {"release": found.current.no, "page": first.as_uri(), "folder": str(folder)}


async def pages(run: Run, place: Place, database_url: str, tell: Tell) -> str:
    """Write all pages to where they usually are, and return the address of the first."""
    found = await read_release(run)
    first = _pages(
        Lake(place.lake, database_url), found, place.report, names=(), locale="en", tell=tell
    )
    return first.resolve().as_uri()


def _pages(
    lake: Lake, found: Published, folder: Path, *, names: Sequence[str], locale: str, tell: Tell
) -> Path:
    current = found.current
    read = next(one for one in found.intervals if one.no == current.interval_no)
    try:
        return write_report(
            lake, Of(current, read.read_at), folder, names=names, locale=locale, tell=tell
        )
    except OSError as fault:
        raise CommandFailed(
            f"the report cannot be written: {fault.strerror or fault}",
            hint="another folder: --out DIR",
        ) from fault


def show(name: str) -> Shown:
    """Say what a table is."""
    contract = node_of(name).contract
    return {
        "name": contract.name,
        "version": contract.version,
        "purpose": contract.purpose,
        "row": contract.grain,
        "owner": contract.owner,
        "key": ", ".join(contract.key),
        "built_from": ", ".join((*contract.sources, *contract.reads)),
        "closed_rule": contract.closed_rule,
        "freshness": contract.freshness,
        "retention": contract.retention,
        "engines": ", ".join(_told(each) for each in EngineName),
        "columns": [
            {
                "column": column,
                "type": str(type_of(column)),
                "empty": column in contract.nullable,
                "meaning": meaning,
            }
            for column, meaning in contract.columns.items()
        ],
    }


def docs(folder: Path, *, only_check: bool) -> Shown:
    """Write the pages of documentation, or name those that are not current."""
    if only_check:
        return {"folder": str(folder), "stale": stale(folder)}
    try:
        written = write_docs(folder)
    except OSError as fault:
        raise CommandFailed(
            f"the pages cannot be written: {fault.strerror or fault}", hint="--out DIR"
        ) from fault
    return {"folder": str(folder), "pages": len(written)}


def _told(engine: str) -> str:
    """Name an engine, and say where it is one that nobody has run."""
    standing = STANDING[EngineName(engine)]
    return f"{engine} ({standing})"


def _interval(found: Interval | None) -> Shown:
    if found is None:
        return {"interval": None, "rows": 0}
    return {"interval": found.no, "rows": found.rows}


def _built(built: Built) -> Shown:
    return {
        "release": built.release_no,
        "months": [f"{month:%Y-%m}" for month in built.months],
        "built": built.rows,
        "warnings": [one.name for one in built.warnings],
        "restated": [f"{month:%Y-%m}" for month in built.restated],
    }

"""Prove a release again: its raw files are those that were closed, and every audit holds."""

from collections.abc import Callable, Mapping, Sequence

from ledgerline.datasets.building import Building
from ledgerline.datasets.engines import opened
from ledgerline.datasets.lake import Lake, Placed, table_name
from ledgerline.datasets.manifest import read_extracts
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.release import Found, plan, tables_of
from ledgerline.releases.refusals import ReleaseOutdated
from ledgerline.releases.rows import IntervalRow, ReleaseRow

Tell = Callable[[str], None]


def prove(
    lake: Lake, intervals: Sequence[IntervalRow], released: ReleaseRow, *, tell: Tell
) -> list[Found]:
    """Return what each audit finds.

    Raises ``RawFileChanged`` where a file is missing, and ``ReleaseOutdated`` where a table of the
    release is none that this code knows in this version.
    """
    snapshots = tables_of(released)
    _check_versions(snapshots)
    within = [one for one in intervals if one.no <= released.interval_no]
    tell("raw files")
    found = [_raw(lake, within)]
    with lake.opened(), opened(lake.engine, lake.spill) as engine:
        whole = plan(within, released=None, today=released.business_day)
        built = Building(engine, lake, within, whole, onto=snapshots, today=released.business_day)
        built.check_raw(since=0)
        there = [node for node in nodes() if node.name in snapshots]
        for node in there:
            built.take(node, snapshots[node.name])
        for node in there:
            tell(node.name)
            built.check(node)
    return [*found, *built.found]


def _check_versions(snapshots: Mapping[str, Placed]) -> None:
    known = {table_name(node.namespace, node.contract) for node in nodes()}
    named = {placed.table for placed in snapshots.values()}
    if named != known:
        raise ReleaseOutdated(
            "an earlier version built the release, with other tables than this one has audits for:"
            " ledgerline data run",
            tables=sorted(named - known),
            missing=sorted(known - named),
        )


def _raw(lake: Lake, intervals: Sequence[IntervalRow]) -> Found:
    files = [
        file
        for one in intervals
        for extract in read_extracts(one.extracts).values()
        for file in extract.files
    ]
    changed = [
        {"file": file.path} for file in files if lake.storage.digest(file.path) != file.sha256
    ]
    return Found(
        name="raw_files",
        sentence="every file is the one that its interval closed with",
        blocks=True,
        broken=len(changed),
        rows=changed[:5],
    )

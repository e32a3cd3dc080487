"""Sweeping: what something names stays, and the rest goes once nobody can need it."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from ledgerline.datasets.lake import Lake
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.proving import prove
from ledgerline.datasets.release import tables_of
from ledgerline.datasets.sweeping import Swept
from ledgerline.flows.close_release import close_release
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_release import read_release
from ledgerline.flows.sweep_lake import Gone, sweep_lake
from ledgerline.releases.rows import ReleaseRow
from tests.datasets.conftest import Releasing
from tests.datasets.quarter import JANUARY, close_books, publish, rows_of
from tests.flow_world import World

NOW = timedelta(0)


@pytest.fixture
def world(releasing: Releasing) -> World:
    return releasing.world


@pytest.fixture
def lake(releasing: Releasing) -> Lake:
    return releasing.lake


async def _sweep(world: World, lake: Lake, *, dry_run: bool = False) -> Gone:
    return await sweep_lake(world.run, lake, kept=NOW, grace=NOW, dry_run=dry_run)


def _files(lake: Lake) -> set[Path]:
    return {path for path in lake.folder.rglob("*") if path.is_file()}


async def _die(world: World, lake: Lake, *, after: int) -> None:
    """Build, and be killed after some steps."""
    told = list[str]()

    def tell(step: str) -> None:
        told.append(step)
        if len(told) > after:
            raise KeyboardInterrupt(step)

    with pytest.raises(KeyboardInterrupt):
        await publish_release(world.run, lake, again=[JANUARY], reason="dies", tell=tell)


async def _left_behind(world: World, lake: Lake) -> tuple[ReleaseRow, ReleaseRow, ReleaseRow]:
    """Make a release that closed a month, one that is outworn and the current one.

    And what killed processes leave: snapshots of some tables, a raw folder, a spilled file.
    """
    await close_books(world, JANUARY)
    await close_release(world.run, lake, month=JANUARY, actor="finance")
    await publish_release(world.run, lake, again=[JANUARY], reason="outworn")
    await world.advance(date(2026, 5, 2))
    await publish(world, lake)
    await _die(world, lake, after=6)
    (lake.folder / "raw" / "00000009-dead").mkdir()
    (lake.folder / "raw" / "00000009-dead" / "invoice-0.parquet").write_bytes(b"half")
    (lake.spill / "left.tmp").write_bytes(b"spilled")
    current, outworn, closing = (await read_release(world.run)).releases
    return current, outworn, closing


async def test_what_a_release_or_a_close_names_stays_and_what_killed_builds_left_goes(
    world: World, lake: Lake
) -> None:
    current, outworn, closing = await _left_behind(world, lake)
    before = [rows_of(lake, one) for one in (current, closing)]
    # given what is young, nothing goes
    young = await sweep_lake(world.run, lake)
    assert (young.ended.releases, young.tables, young.folders) == ([], Swept(), Swept())
    # and a trial run says what would go, and deletes nothing
    there = _files(lake)
    trial = await _sweep(world, lake, dry_run=True)
    assert trial.ended.releases == [outworn.no]
    assert trial.tables.snapshots >= 6  # an overwrite has a second one in between
    assert trial.folders.folders == ["00000009-dead"]
    assert _files(lake) == there
    # when it is swept, who still reads what was retired just now is not disturbed
    first = await sweep_lake(world.run, lake, kept=NOW, grace=timedelta(minutes=10))
    assert first.ended.releases == [outworn.no]
    assert len(rows_of(lake, outworn)) == len(nodes())
    # and when the time for that is over, its snapshots go; killed meanwhile, the next sweep goes on
    with pytest.raises(KeyboardInterrupt):
        await _killed_sweep(world, lake, at=8)
    assert (await _sweep(world, lake)).tables.files > 0
    left = await _sweep(world, lake)
    assert (left.tables, left.folders) == (Swept(), Swept())
    # then what is named is what it was, proven again, and the next build goes on from it
    named = {placed.snapshot for one in (current, closing) for placed in tables_of(one).values()}
    assert _snapshots(lake) == named
    assert [rows_of(lake, one) for one in (current, closing)] == before
    found = prove(lake, (await read_release(world.run)).intervals, current, tell=lambda _: None)
    assert {one.name: one.broken for one in found if one.broken} == {}
    built = await publish_release(world.run, lake, again=[date(2026, 3, 1)], reason="goes on")
    assert built.release_no == current.no + 1


def _snapshots(lake: Lake) -> set[int]:
    with lake.opened():
        return {one.snapshot_id for table in lake.tables() for one in table.snapshots()}


async def _killed_sweep(world: World, lake: Lake, *, at: int) -> None:
    told = list[str]()

    def tell(step: str) -> None:
        told.append(step)
        if len(told) == at:
            raise KeyboardInterrupt(step)

    await sweep_lake(world.run, lake, kept=NOW, grace=NOW, tell=tell)


async def test_intervals_go_once_a_later_one_holds_all_that_they_do(
    world: World, lake: Lake
) -> None:
    await world.advance(date(2026, 5, 2))
    await publish(world, lake)
    before = rows_of(lake, (await read_release(world.run)).current)
    # given an interval that read everything once more, and is not released yet
    await export_interval(world.run, lake, anew=True)
    assert (await _sweep(world, lake)).ended.intervals == ()
    await publish_release(world.run, lake)
    # when one row of an old one is nowhere else, all of them stay
    [path, *_] = sorted((lake.folder / "raw").glob("00000003-*/allocation-0.parquet"))
    whole = path.read_bytes()
    path.write_bytes(
        min((lake.folder / "raw").glob("00000002-*/allocation-0.parquet")).read_bytes()
    )
    kept = await _sweep(world, lake)
    assert (kept.ended.intervals, kept.ended.lacking) == ((), ["allocation"])
    path.write_bytes(whole)
    # then they go, not before a database that is set back could need them
    ended = await sweep_lake(world.run, lake, grace=NOW)
    assert ended.ended.intervals == [1, 2]
    assert ended.folders.folders == []
    gone = await _sweep(world, lake)
    assert [name[:8] for name in gone.folders.folders] == ["00000001", "00000002"]
    now = await read_release(world.run)
    assert [one.no for one in now.intervals] == [3]
    await publish_release(
        world.run, lake, again=[JANUARY, date(2026, 2, 1), date(2026, 3, 1)], reason="anew"
    )
    assert rows_of(lake, (await read_release(world.run)).current) == before


async def test_reader_and_sweep_at_once_do_not_disturb_each_other(world: World, lake: Lake) -> None:
    await publish_release(world.run, lake, again=[JANUARY], reason="again")
    now = await read_release(world.run)
    old = now.releases[1]

    def read() -> int:
        own = Lake(lake.folder, lake.database_url)  # as another process has
        return sum(len(rows) for _ in range(3) for rows in rows_of(own, old).values())

    read_rows, _ = await asyncio.gather(
        asyncio.to_thread(read),
        sweep_lake(world.run, lake, kept=NOW, grace=timedelta(minutes=10)),
    )
    assert read_rows == 3 * sum(len(rows) for rows in rows_of(lake, now.current).values())

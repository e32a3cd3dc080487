"""A lake in an object store: what a folder can it can, and what fails there publishes nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from fsspec.config import conf

from ledgerline.datasets.diff import diff
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.proving import prove
from ledgerline.datasets.reading import answer, sizes
from ledgerline.flows.close_release import close_release
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_release import read_release
from ledgerline.flows.read_two_releases import read_two_releases
from ledgerline.flows.sweep_lake import sweep_lake
from ledgerline.releases.refusals import LakeUnusable, QueryRefused
from ledgerline.releases.rows import ReleaseRow
from ledgerline.report.site import Of, write_report
from tests.datasets.quarter import JANUARY, close_books, publish
from tests.datasets.s3_server import BUCKET, S3, s3_server
from tests.datasets.test_sweeping import NOW
from tests.flow_world import World

ADDRESS: Final = f"s3://{BUCKET}/lake"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with s3_server() as server, reached_by(server.client):
        yield server


@contextmanager
def reached_by(client: Mapping[str, Any]) -> Iterator[None]:
    """Configure fsspec, as its files and variables do, for the block."""
    before = dict(conf)
    conf["s3"] = dict(client)
    try:
        yield
    finally:
        conf.clear()
        conf.update(before)


@pytest.fixture
def world(quarter_world: World) -> World:
    return quarter_world


@pytest.fixture
def lake(s3: S3, world: World, tmp_path: Path) -> Lake:
    assert not s3.wire.is_cut
    return Lake(tmp_path / "here", world.url, address=ADDRESS)


async def test_store_that_cannot_be_used_is_said_before_anything_is_kept(
    s3: S3, world: World, lake: Lake
) -> None:
    nowhere = Lake(lake.folder, world.url, address="s3://no-such-bucket/lake")
    with pytest.raises(LakeUnusable, match=r"bucket does not exist \(s3://no-such-bucket/lake\)"):
        await export_interval(world.run, nowhere)
    unknown = Lake(lake.folder, world.url, address="nosuch://books/lake")
    with pytest.raises(LakeUnusable, match="a lake at nosuch:// needs its fsspec package"):
        await export_interval(world.run, unknown)
    for wrong, said in (
        ({"key": "AKIAWRONG"}, "Access Key Id you provided does not exist"),
        ({"secret": "wrong"}, r"\(s3://books/lake\)"),
    ):
        elsewhere = Lake(lake.folder, world.url, address=ADDRESS)
        with reached_by({**s3.client, **wrong}), pytest.raises(LakeUnusable, match=said):
            await export_interval(world.run, elsewhere)
    assert await world.rows("SELECT count(*) FROM dataset_interval") == [(0,)]


async def test_lake_in_a_store_is_built_read_and_swept_and_outlives_a_cut(
    s3: S3, world: World, lake: Lake, tmp_path: Path, *, long_form: bool
) -> None:
    assert (await publish(world, lake)).release_no == 1
    first = (await read_release(world.run)).current
    before = sizes(lake, first)
    # when the connection is cut while the next interval is exported
    await world.advance(date(2026, 5, 2))
    with pytest.raises(LakeUnusable, match="onnect"):
        await export_interval(world.run, lake, tell=partial(_cut, s3))
    s3.wire.mend()
    await export_interval(world.run, lake)
    # then what was stays readable
    assert len((await read_release(world.run)).intervals) == 2
    assert sizes(lake, first) == before
    _ask(lake, first)
    # and a build that is cut publishes nothing, and the next one everything; each takes its time
    if long_form:
        await _go_on(s3, world, lake, tmp_path)
    gone = await sweep_lake(world.run, lake, kept=NOW, grace=NOW)
    assert (gone.tables.files > 0) == long_form
    assert len(gone.folders.folders) == 1  # that of the interval that was cut
    if long_form:
        now = await read_release(world.run)
        proven = prove(lake, now.intervals, now.current, tell=_quiet)
        assert all(each.broken == 0 for each in proven)


def _cut(s3: S3, step: str) -> None:
    if step in {"allocation", "receivables_ageing"}:
        s3.wire.cut()


def _ask(lake: Lake, released: ReleaseRow) -> None:
    [row] = answer(lake, released, "SELECT count(*) AS rows FROM mrr_movements").to_pylist()
    assert row["rows"] > 0
    with pytest.raises(QueryRefused, match="disabled by configuration"):
        answer(lake, released, f"SELECT * FROM read_parquet('s3://{BUCKET}/other.parquet')")


async def _go_on(s3: S3, world: World, lake: Lake, folder: Path) -> None:
    """Build, with a cut and without one; compare, draw and close."""
    with pytest.raises(LakeUnusable, match="onnect"):
        await publish_release(world.run, lake, tell=partial(_cut, s3))
    s3.wire.mend()
    assert [one.no for one in (await read_release(world.run)).releases] == [1]
    assert (await publish_release(world.run, lake)).release_no == 2
    one, two = await read_two_releases(world.run, 1, 2)
    assert any(each.added for each in diff(lake, one, two))
    page = write_report(lake, Of(two, two.made_at), folder / "report", names=["mrr_movements"])
    assert page.is_file()
    await close_books(world, JANUARY)
    await publish(world, lake)
    closed = await close_release(world.run, lake, month=JANUARY, actor="finance")
    assert closed.release_no == (await read_release(world.run)).current.no


def _quiet(_: str) -> None:
    """Tell nobody."""

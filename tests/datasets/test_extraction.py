"""Extraction: nothing is lost, nothing waits, and what is closed never changes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pyarrow.parquet as pq
import pytest

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.run import Run
from ledgerline.datasets.extract import snapshot
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.manifest import Interval
from ledgerline.datasets.release import raw_of
from ledgerline.datasets.source import Column, Kind, Source
from ledgerline.datasets.sources import RECOGNITION
from ledgerline.datasets.storage import Storage
from ledgerline.flows.export_interval import export_interval
from ledgerline.releases import store
from ledgerline.releases.refusals import ExportOvertaken, ExtractMismatch, LakeUnusable
from ledgerline.releases.rows import IntervalRow

_ADD = """
INSERT INTO recognition (bucket, seller_code, currency, category, month, source_id)
VALUES (1, 'nordic', 'EUR', %s, '2026-01-01', %s)"""


class Here:
    """A database and its lake."""

    def __init__(self, run: Run, lake: Lake) -> None:
        self.run = run
        self.lake = lake

    def writer(self) -> psycopg.Connection:
        return psycopg.connect(self.lake.database_url)

    async def export(self) -> Interval | None:
        return await export_interval(self.run, self.lake)

    def read(self, *intervals: Interval | None) -> list[int]:
        """Return what intervals hold, by the number each row was added with."""
        files = [
            file.path
            for interval in intervals
            if interval is not None
            for file in interval.extracts["recognition"].files
        ]
        return [
            UUID(one).int
            for path in files
            for one in pq.read_table(self.lake.folder / path)["source_id"].to_pylist()
        ]


@pytest.fixture
async def here(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[Here]:
    async with connected(fresh_database_url, size=4, name="datasets") as database:
        yield Here(Run(database, Keyring(bytes(32))), Lake(tmp_path / "lake", fresh_database_url))


def add(writer: psycopg.Connection, number: int) -> None:
    writer.execute(_ADD, (f"part {number}", UUID(int=number)))


async def test_row_that_is_committed_behind_the_reader_is_read_and_polling_would_lose_it(
    here: Here,
) -> None:
    with here.writer() as early, here.writer() as late, here.writer() as poller:
        # given a row with a lower id that is committed after one with a higher id
        add(early, 1)
        add(late, 2)
        late.commit()
        first = await here.export()
        polled = _poll(poller, after=0)
        early.commit()
        second = await here.export()
        polled += _poll(poller, after=max(polled))
    # then the one that was running when the first was read is in the second
    assert here.read(first) == []
    assert sorted(here.read(second)) == [1, 2]
    # and who asks for ids above the last one never sees it
    assert polled == [2]


def _poll(poller: psycopg.Connection, *, after: int) -> list[int]:
    rows = poller.execute(
        "SELECT source_id FROM recognition WHERE source_id > %s", (UUID(int=after),)
    ).fetchall()
    poller.commit()
    return [one.int for (one,) in rows]


async def test_long_transaction_stalls_the_fence_and_loses_nothing(here: Here) -> None:
    with here.writer() as stuck:
        add(stuck, 1)
        for number in range(2, 6):
            with here.writer() as writer:
                add(writer, number)
        assert here.read(await here.export()) == []
        assert await here.export() is None
        stuck.commit()
    assert sorted(here.read(await here.export())) == [1, 2, 3, 4, 5]
    assert await here.export() is None


async def test_everything_that_is_committed_is_exported_once(here: Here) -> None:
    committed = set[int]()
    intervals = list[Interval | None]()

    def write(number: int) -> None:
        with here.writer() as writer:
            add(writer, number)
            writer.execute("SELECT pg_sleep(%s)", ((number * 7 % 10) / 100,))
            if number % 5 == 0:
                writer.rollback()
            else:
                writer.commit()
                committed.add(number)

    async def export() -> None:
        for _ in range(6):
            intervals.append(await here.export())
            await asyncio.sleep(0.02)

    numbers = range(1, 41)
    await asyncio.gather(export(), *(asyncio.to_thread(write, number) for number in numbers))
    intervals.append(await here.export())
    assert sorted(here.read(*intervals)) == sorted(committed)


async def test_closed_files_stay_as_they_are(here: Here) -> None:
    with here.writer() as writer:
        add(writer, 1)
    first = await here.export()
    assert first is not None
    with here.writer() as writer:
        add(writer, 2)
    await here.export()
    [file] = first.extracts["recognition"].files
    raw = (here.lake.folder / file.path).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == file.sha256


async def test_another_cluster_is_read_anew_also_what_bears_ids_of_the_first(here: Here) -> None:
    # given a database whose rows came from another one, where ids were higher
    with here.writer() as writer:
        add(writer, 1)
        writer.execute(
            "INSERT INTO recognition (bucket, seller_code, currency, category, month, source_id,"
            " fence) VALUES (1, 'nordic', 'EUR', 'copied', '2026-01-01', %s, 1000000000000)",
            (UUID(int=2),),
        )
    async with here.run.transaction() as tx:
        await store.add_interval(tx, _interval(no=1, epoch="another/1", until=2_000_000_000_000))
    # when
    found = await here.export()
    # then an epoch begins
    assert found is not None
    assert (found.no, found.since) == (2, None)
    assert sorted(here.read(found)) == [1, 2]
    async with here.run.surveying() as read:
        assert raw_of(await store.read_intervals(read)).is_doubled


def _interval(*, no: int, epoch: str = "one/1", until: int = 9) -> IntervalRow:
    return IntervalRow(
        no=no, epoch=epoch, since=None, until=until,
        read_at=datetime(2026, 1, 1, tzinfo=UTC), extracts="{}",
    )  # fmt: skip


async def test_interval_is_closed_once(here: Here) -> None:
    async with here.run.transaction() as tx:
        await store.add_interval(tx, _interval(no=1))
    with pytest.raises(ExportOvertaken):
        async with here.run.transaction() as tx:
            await store.add_interval(tx, _interval(no=1))


async def test_what_is_not_what_the_database_counts_is_not_kept(here: Here, tmp_path: Path) -> None:
    with here.writer() as writer:
        add(writer, 1)
    restless = Source(
        name="restless",
        rows=RECOGNITION.rows,
        columns={"x_minor": Column(Kind.INTEGER, "(random() * 1000000000)::bigint")},
        money=("x_minor",),
    )
    with snapshot(here.lake.database_url) as taken, pytest.raises(ExtractMismatch) as refused:
        taken.copy(restless, since=None, folder="raw", storage=Storage(tmp_path))
    assert refused.value.facts["source"] == "restless"


async def test_join_that_repeats_or_loses_a_row_is_found(here: Here, tmp_path: Path) -> None:
    with here.writer() as writer:
        add(writer, 1)
    joins = (" JOIN (VALUES (1), (2)) AS v (n) ON true", " JOIN seller AS s ON s.code = 'nobody'")
    for number, join in enumerate(joins):
        joined = RECOGNITION._replace(rows=RECOGNITION.rows + join)
        folder = f"raw/{number}"
        with snapshot(here.lake.database_url) as taken, pytest.raises(ExtractMismatch) as refused:
            taken.copy(joined, since=None, folder=folder, storage=Storage(tmp_path))
        assert refused.value.facts["counted"] == {"rows": 1}


async def test_folder_that_cannot_be_written_is_said(here: Here, tmp_path: Path) -> None:
    with here.writer() as writer:
        add(writer, 1)
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(LakeUnusable):
        await export_interval(here.run, Lake(in_the_way, here.lake.database_url))
    assert here.read(await here.export()) == [1]


async def test_two_exports_at_once_close_one_interval_whose_files_are_its_own(here: Here) -> None:
    for number in range(1, 200):
        with here.writer() as writer:
            add(writer, number)
    ended = await asyncio.gather(here.export(), here.export(), return_exceptions=True)
    [closed] = [one for one in ended if isinstance(one, Interval)]
    assert [type(one) for one in ended if one is not closed] == [ExportOvertaken]
    assert sorted(here.read(closed)) == list(range(1, 200))
    [file] = closed.extracts["recognition"].files
    raw = (here.lake.folder / file.path).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == file.sha256
    assert len(list((here.lake.folder / "raw").iterdir())) == 1

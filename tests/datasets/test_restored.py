"""A database that is set back to an earlier state: the lake knows, and goes on when told to."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.run import Run
from ledgerline.cli import migrate
from ledgerline.cli.local_postgres import LocalPostgres, Profile, start
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.proving import prove
from ledgerline.flows.adopt_lake import adopt_lake
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_release import read_release
from ledgerline.flows.sweep_lake import GRACE, sweep_lake
from ledgerline.releases.refusals import HistoryChanged
from tests.datasets.quarter import BEGINS, JANUARY, publish, rows_of
from tests.flow_world import open_world

NAME = "restored"
MONTHS = (JANUARY, date(2026, 2, 1))


class Server(NamedTuple):
    """A server of its own, which is stopped and set back."""

    postgres: LocalPostgres
    url: str
    lake: Lake
    folder: Path

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Run]:
        async with connected(self.url, size=2, name=NAME) as database:
            yield await Run(database, Keyring(bytes(32))).at_clock()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with start(tmp_path / "server", profile=Profile.TESTS) as postgres:
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {NAME}")
        url = postgres.url_of(NAME)
        migrate.upgrade(url, migrate.migrations_folder())
        yield Server(postgres, url, Lake(tmp_path / "lake", url), tmp_path)


def _back_up(server: Server) -> Path:
    """Take a base backup of the running server, as `pg_basebackup` does."""
    copy = server.postgres.directory.with_name("backup")
    with psycopg.connect(server.postgres.url, autocommit=True) as connection:
        connection.execute("SELECT pg_backup_start('backup', true)")
        subprocess.run(["cp", "-a", server.postgres.directory, copy], check=True)
        row = connection.execute("SELECT labelfile FROM pg_backup_stop(false)").fetchone()
    assert row is not None
    logged = f"{server.postgres.directory}/pg_wal/."  # up to the end of the backup
    subprocess.run(["cp", "-a", logged, copy / "pg_wal"], check=True)
    label = copy / "backup_label"
    label.write_text(str(row[0]))
    (copy / "postmaster.pid").unlink()
    _own_as(copy, label)
    return copy


def _set_back(server: Server, backup: Path, *, to_another_timeline: bool) -> None:
    """Start from the backup: by recovery to its end, or as a plain copy of the files."""
    server.postgres.crash()
    shutil.rmtree(server.postgres.directory)
    subprocess.run(["cp", "-a", backup, server.postgres.directory], check=True)
    if to_another_timeline:
        signal = server.postgres.directory / "recovery.signal"
        signal.touch()
        settings = server.postgres.directory / "postgresql.auto.conf"
        settings.write_text("restore_command = 'false'\n")
        _own_as(server.postgres.directory, signal)
    server.postgres.restart()


def _own_as(like: Path, path: Path) -> None:
    found = like.stat()
    shutil.chown(path, found.st_uid, found.st_gid)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Set back by recovery, which is how it is done; in the long form by a copy of files too."""
    if "to_another_timeline" in metafunc.fixturenames:
        ways = [True, False] if metafunc.config.getoption("--long") else [True]
        metafunc.parametrize("to_another_timeline", ways)


async def test_database_that_is_set_back_is_recognised_and_goes_on_once_it_is_adopted(
    server: Server, tmp_path: Path, *, to_another_timeline: bool
) -> None:
    lake = server.lake
    async with open_world(server.url, tmp_path, at=BEGINS) as world:
        # given a release, a backup, and a release after it
        await world.buy(await world.shopper())
        await world.advance(date(2026, 2, 10))
        await publish(world, lake)
        before = rows_of(lake, (await read_release(world.run)).current)
        backup = _back_up(server)
        await world.buy(await world.shopper())
        await world.advance(date(2026, 3, 10))
        await publish(world, lake)
        assert rows_of(lake, (await read_release(world.run)).current) != before
    # when the database is set back to the backup
    _set_back(server, backup, to_another_timeline=to_another_timeline)
    async with server.opened() as run:
        epoch = await _refused(run, lake)
        assert rows_of(lake, (await read_release(run)).current) == before
        # when it is adopted, everything is read once more, and released as the database has it
        assert [one.no for one in await adopt_lake(run, lake, dry_run=True)] == [2]
        assert [one.no for one in await adopt_lake(run, lake)] == [2]
        anew = await export_interval(run, lake, anew=True)
        assert anew is not None
        assert (anew.no, anew.since, anew.epoch != epoch) == (2, None, to_another_timeline)
        await publish_release(run, lake, again=MONTHS, reason="restored", actor="operations")
        after = await read_release(run)
        assert (after.current.no, after.current.reason) == (2, "restored")
        found = prove(lake, after.intervals, after.current, tell=lambda _: None)
        assert {one.name: one.broken for one in found if one.broken} == {}
        # and what the other history left is swept
        gone = await sweep_lake(run, lake, grace=-GRACE)
        assert [name[:8] for name in gone.folders.folders] == ["00000002"]
        assert rows_of(lake, after.current) == before


async def _refused(run: Run, lake: Lake) -> str:
    """Find that nothing is read, released or deleted until somebody says which history counts."""
    now = await read_release(run)
    assert ([one.no for one in now.intervals], now.current.no) == ([1], 1)
    with pytest.raises(HistoryChanged, match="ledgerline data adopt") as refused:
        await export_interval(run, lake)
    assert refused.value.facts["intervals"] == [2]
    with pytest.raises(HistoryChanged):
        await sweep_lake(run, lake, grace=-GRACE)
    assert (await read_release(run)).current == now.current
    return now.intervals[0].epoch

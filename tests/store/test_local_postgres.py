"""The server we start ourselves: how it comes up, crashes, recovers and ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledgerline.cli.local_postgres import LocalPostgres, LocalPostgresFailed, Profile, start
from tests.postgres import temporary_folder

ORPHAN = """
import os, signal, sys
from pathlib import Path
from ledgerline.cli.local_postgres import Profile, start
server = start(Path(sys.argv[1]), profile=Profile.TESTS)
print(server.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Make one data directory for the module: initdb is most of the cost."""
    with temporary_folder() as folder:
        yield folder


def run(server: LocalPostgres, statement: bytes) -> tuple[object, ...] | None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_server_speaks_utf8_in_utc_over_a_socket_that_wants_the_password(home: Path) -> None:
    # given a running server
    with start(home, profile=Profile.CHAOS) as server:
        # then encoding, zone and durability are what the profile says
        settings = (
            b"SELECT current_setting('server_encoding'), current_setting('TimeZone'),"
            b" current_setting('fsync'), current_setting('listen_addresses')"
        )
        assert run(server, settings) == ("UTF8", "UTC", "on", "")
        # and a wrong password is refused
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url, password="guessed")
    # and after the block it is gone
    assert not is_running(server.pid)


def test_crashed_server_recovers_what_was_committed(home: Path) -> None:
    with start(home, profile=Profile.CHAOS) as server:
        # given a committed row
        run(server, b"CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS amount")
        first = server.pid
        # when the server crashes and comes back
        server.crash()
        assert not is_running(first)
        server.restart()
        # then the same address gives the row
        assert server.pid != first
        assert run(server, b"SELECT amount FROM kept") == (7,)


def test_lock_file_of_a_dead_server_is_no_obstacle_but_a_living_one_is(home: Path) -> None:
    # given a server that was killed and left its lock file
    with start(home, profile=Profile.TESTS) as server:
        left = (server.directory / "postmaster.pid").read_text()
    (server.directory / "postmaster.pid").write_text(left)
    # when the next one starts
    with start(home, profile=Profile.TESTS) as server:
        # then it serves, and while it lives a second one is refused
        with pytest.raises(LocalPostgresFailed, match=f"process {server.pid} already serves"):
            start(home, profile=Profile.TESTS)
        assert run(server, b"SELECT 1") == (1,)


def test_server_that_cannot_start_says_why_in_its_own_words(home: Path) -> None:
    # given a data directory of an unknown release
    with start(home, profile=Profile.TESTS) as server:
        version = server.directory / "PG_VERSION"
    kept = version.read_text()
    version.write_text("9.6\n")
    # when it is started
    with pytest.raises(LocalPostgresFailed, match=r"initialized by PostgreSQL version 9\.6"):
        start(home, profile=Profile.TESTS)
    version.write_text(kept)


@pytest.mark.skipif(sys.platform != "linux", reason="needs the kernel's parent-death signal")
def test_server_ends_when_the_process_that_started_it_is_killed() -> None:
    # given a process that starts a server and is killed without a chance to stop it
    with temporary_folder() as folder:
        killed = subprocess.run(
            [sys.executable, "-c", ORPHAN, folder],
            capture_output=True,
            check=False,
            env={"TMPDIR": str(folder)},  # its socket goes where this test cleans up
            text=True,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        # then the server goes too
        deadline = time.monotonic() + 100
        while is_running(int(killed.stdout)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not is_running(int(killed.stdout))

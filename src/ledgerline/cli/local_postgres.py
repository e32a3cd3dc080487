"""A PostgreSQL of our own: found, started as our child, stopped with us.

Nothing is read from the environment: whoever was given a database URL uses that and never comes
here. Access is by a random password over a Unix socket; no TCP port is opened.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple, Self
from urllib.parse import quote

import psycopg

from ledgerline.cli import postgres_account, postgres_binaries
from ledgerline.cli.postgres_account import Account
from ledgerline.cli.postgres_binaries import Binaries

ROLE: Final = "ledgerline"
START_SECONDS_MAX: Final = 60
STOP_SECONDS_MAX: Final = 10

_POLL_SECONDS: Final = 0.02
_LOG_TAIL_CHARACTERS: Final = 2000


class Profile(StrEnum):
    """How much durability is given up for speed."""

    DEMO = "demo"
    TESTS = "tests"
    BENCH = "bench"
    CHAOS = "chaos"


# Log and data go to disk as they grow: what a purchase must wait for at its commit is then its own
# few kilobytes, not the megabytes that a billing run has left in buffers and caches.
_STEADY: Final = {
    "wal_writer_delay": "10ms", "wal_writer_flush_after": "256kB", "backend_flush_after": "256kB",
}  # fmt: skip
_COMMON: Final = {"listen_addresses": "", "log_timezone": "UTC", "timezone": "UTC", **_STEADY}
_COMMON_SIZES: Final = {"max_connections": "200", "password_encryption": "scram-sha-256"}
_OPTIONS: Final[Mapping[Profile, Mapping[str, str]]] = {
    Profile.DEMO: {"synchronous_commit": "off"},
    Profile.TESTS: {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"},
    Profile.BENCH: {"max_wal_size": "16GB", "min_wal_size": "4GB", "shared_buffers": "1GB"},
    Profile.CHAOS: {"max_wal_size": "4GB"},
}


class LocalPostgresFailed(Exception):
    """PostgreSQL did not come up; the message holds what it said."""


class _Cluster(NamedTuple):
    """One data directory, the programs that serve it and the account they run as."""

    directory: Path
    binaries: Binaries
    account: Account

    def start(self, program: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
        return self.account.start(
            self.binaries.folder / program, *arguments, log=self.beside("log")
        )

    def beside(self, suffix: str) -> Path:
        return self.directory.with_name(f"{self.directory.name}.{suffix}")

    def failed(self, what: str) -> LocalPostgresFailed:
        log = self.beside("log").read_text(errors="replace")[-_LOG_TAIL_CHARACTERS:]
        return LocalPostgresFailed(f"PostgreSQL {self.binaries.version} {what}:\n{log}")


class LocalPostgres:
    """A running server that belongs to this process; leaving the ``with`` block stops it."""

    def __init__(self, cluster: _Cluster, *, password: str, profile: Profile) -> None:
        """Start the server of an initialised cluster and wait until it answers."""
        self.version: Final = cluster.binaries.version  #: such as 18.6
        self.source: Final = cluster.binaries.source  #: bundled or system
        self.account: Final = cluster.account.name
        self.directory: Final = cluster.directory
        self._cluster: Final = cluster
        self._password: Final = password
        self._profile: Final = profile
        self._sockets: Final = Path(tempfile.mkdtemp(prefix="ledgerline-"))  # short: 103 bytes
        cluster.account.own(self._sockets)
        try:
            self._process = self._launch()
        except BaseException:
            shutil.rmtree(self._sockets, ignore_errors=True)
            raise

    @property
    def url(self) -> str:
        """The address of the administrative database."""
        return self.url_of("postgres")

    @property
    def pid(self) -> int:
        """The server's process id, a new one after ``restart``."""
        return self._process.pid

    def url_of(self, database: str) -> str:
        """Give the address of one database of this server."""
        host = quote(str(self._sockets), safe="")
        return f"postgresql://{ROLE}:{self._password}@/{database}?host={host}"

    def stop(self) -> None:
        """Disconnect everybody, write everything, end; safe to call twice."""
        self._end(signal.SIGINT)
        shutil.rmtree(self._sockets, ignore_errors=True)

    def crash(self) -> None:
        """End at once without a checkpoint, as a power cut would; ``restart`` recovers."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        """Start again on the same data at the same address, after ``crash`` or while running."""
        self._end(signal.SIGINT)
        self._process = self._launch()

    def _end(self, how: signal.Signals) -> None:
        if self._process.poll() is not None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._wait_or_kill()

    def _wait_or_kill(self) -> None:
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _launch(self) -> subprocess.Popen[bytes]:
        _refuse_a_second_server(self.directory)
        settings = {**_COMMON, **_COMMON_SIZES, **_OPTIONS[self._profile]}
        settings["unix_socket_directories"] = str(self._sockets)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        process = self._cluster.start("postgres", "-D", self.directory, "-p", "5432", *options)
        deadline = time.monotonic() + START_SECONDS_MAX
        while process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                time.sleep(_POLL_SECONDS)
            else:
                return process
        process.kill()
        process.wait()
        raise self._cluster.failed("did not start")

    def __enter__(self) -> Self:
        """Hand over the running server."""
        return self

    def __exit__(self, *_failure: object) -> None:
        """Stop, whatever happened inside."""
        self.stop()


def start(
    data_dir: Path, *, profile: Profile, prefer_system: bool = False, major: int | None = None
) -> LocalPostgres:
    """Start a server on ``data_dir/pg-<major>``, which is made where it is missing.

    Call it from a thread that lives as long as the server: the kernel ties the two together.
    As root the server gets an unprivileged account, and what that account cannot reach (programs,
    data) goes into a directory of its own under ``/var/tmp``. Raises ``NoPostgres``,
    ``NoAccount``, ``DirectoryNotOurs`` and ``LocalPostgresFailed``.
    """
    binaries = postgres_binaries.find(prefer_system=prefer_system, major=major)
    account = postgres_account.unprivileged()
    home = account.home(data_dir)
    if not account.reaches(binaries.folder / "postgres"):
        binaries = postgres_binaries.copy_to(binaries, home)
    cluster = _Cluster(home / f"pg-{binaries.major}", binaries, account)
    if not cluster.directory.exists():
        _initialise(cluster, sync=profile in {Profile.BENCH, Profile.CHAOS})
    password = cluster.beside("password").read_text()
    return LocalPostgres(cluster, password=password, profile=profile)


def _initialise(cluster: _Cluster, *, sync: bool) -> None:
    """Make the data directory under another name and rename it: it is whole or it is not there."""
    partial, password = cluster.beside("partial"), cluster.beside("password")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    password.unlink(missing_ok=True)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24))
    for path in (partial, password):
        cluster.account.own(path)
    made = cluster.start(
        "initdb",
        f"--pgdata={partial}",
        f"--username={ROLE}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        *(() if sync else ("--no-sync",)),
    )
    if made.wait() != 0:
        raise cluster.failed("could not make its data directory")
    partial.rename(cluster.directory)


def _refuse_a_second_server(directory: Path) -> None:
    """Remove the lock file of a server that is dead; raise while its process lives."""
    lock = directory / "postmaster.pid"
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except ProcessLookupError:
        lock.unlink(missing_ok=True)
    except (FileNotFoundError, ValueError):
        return
    else:
        raise LocalPostgresFailed(f"process {pid} already serves {directory}; stop it first")

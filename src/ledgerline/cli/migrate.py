"""The runner of the numbered SQL files in ``migrations``: forward only, each file exactly once.

A file is named ``NNNN_what.sql`` and begins with ``-- expand: reason`` (the code in service keeps
working) or ``-- contract: reason`` (it would not, so it waits until that code is gone).
"""

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import psycopg
from psycopg.errors import (
    DeadlockDetected,
    DuplicateObject,
    DuplicateTable,
    LockNotAvailable,
    UniqueViolation,
)
from psycopg.rows import class_row

from ledgerline.base.conninfo import told
from ledgerline.cli.postgres_binaries import MAJOR_MAX, MAJOR_MIN

ATTEMPTS_MAX: Final = 12
CONNECT_SECONDS_MAX: Final = 10
PAUSE_SECONDS_MAX: Final = 5.0

_NAME: Final = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
_HEAD: Final = re.compile(rb"-- (expand|contract): \S")
_TIMEOUTS: Final = "SET LOCAL lock_timeout = '4s'; SET LOCAL statement_timeout = '5s'"
_LOCK: Final = "LOCK TABLE migration IN EXCLUSIVE MODE"  # readers may pass, other runners wait
_EXISTS: Final = "SELECT to_regclass('migration') IS NOT NULL"
_CREATE: Final = """
CREATE TABLE migration (
  name text NOT NULL,
  checksum bytea NOT NULL,
  phase text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT migration_pk PRIMARY KEY (name),
  CONSTRAINT migration_phase CHECK (phase IN ('expand', 'contract'))
);
COMMENT ON TABLE migration IS 'cli: the migrations applied here, with the SHA-256 of each file';
"""
_READ: Final = "SELECT name, checksum, phase, applied_at FROM migration ORDER BY name"
_RECORD: Final = """
INSERT INTO migration (name, checksum, phase) VALUES (%(name)s, %(checksum)s, %(phase)s)
"""
_BEGIN_SANDBOX: Final = """
UPDATE environment
   SET kind = 'sandbox', seed = %(seed)s, made = 'half',
       instant = coalesce(%(instant)s::timestamptz, date_trunc('second', clock_timestamp()))
"""


class Phase(StrEnum):
    """On which side of a deployment a migration belongs."""

    EXPAND = "expand"
    CONTRACT = "contract"


class State(StrEnum):
    """How a migration stands between the folder and the database."""

    APPLIED = "applied"
    PENDING = "pending"
    CHANGED = "changed"
    UNKNOWN = "unknown"  # applied here by newer code: its file is not in the folder


class Migration(NamedTuple):
    """One file; ``checksum`` is the SHA-256 of its bytes."""

    name: str
    phase: Phase
    checksum: bytes
    sql: bytes


class AppliedRow(NamedTuple):
    """A row of table ``migration``."""

    name: str
    checksum: bytes
    phase: str
    applied_at: datetime


class Standing(NamedTuple):
    """One line of ``status``; ``applied_at`` is None where the database does not have it."""

    name: str
    phase: str
    state: State
    applied_at: datetime | None


class Sandbox(NamedTuple):
    """What a database becomes that was empty: a sandbox, half made so far.

    Its clock begins at ``instant``, or else at the whole second it is by the server's clock.
    """

    instant: datetime | None
    seed: int


class MigrationError(Exception):
    """The schema was not brought up to date; files applied before the failure stay applied."""


class DatabaseUnreachable(MigrationError):
    """No connection; the message holds the driver's own words, and no password."""


class ServerNotSupported(MigrationError):
    """The server is older or newer than what is tested, or its encoding is not UTF8."""


class MigrationMisnamed(MigrationError):
    """A file breaks the rules of name, number or first line."""


class MigrationChanged(MigrationError):
    """A file differs from what was applied under its name."""


class MigrationOutOfOrder(MigrationError):
    """A file would be applied after a later one, or a phase waits for the other."""


class MigrationBlocked(MigrationError):
    """Other sessions held their locks through every attempt."""


class MigrationFailed(MigrationError):
    """PostgreSQL refused a file, which left no trace."""


def migrations_folder() -> Path:
    """Find the files: inside the installed package, else in the checkout around it."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "migrations", package.parents[1] / "migrations"):
        if folder.is_dir():
            return folder
    raise MigrationMisnamed(f"no folder of migrations beside {package}")


def read_folder(folder: Path) -> list[Migration]:
    """Read every ``.sql`` file in order of number. Raises ``MigrationMisnamed``."""
    paths = sorted(folder.glob("*.sql"))
    found: dict[str, Migration] = {}
    for path in paths:
        sql = path.read_bytes()
        head = _HEAD.match(sql)
        if _NAME.fullmatch(path.name) is None or head is None:
            raise MigrationMisnamed(
                f"{path}: name it NNNN_what.sql and begin it with '-- expand: reason' "
                "or '-- contract: reason'"
            )
        number = path.name[:4]
        if number in found:
            raise MigrationMisnamed(f"{path}: number {number} is {found[number].name}'s")
        digest = hashlib.sha256(sql).digest()
        found[number] = Migration(path.name, Phase(head[1].decode()), digest, sql)
    if not found:
        raise MigrationMisnamed(f"no migration in {folder}")
    return list(found.values())


def upgrade(
    conninfo: str,
    folder: Path,
    *,
    phase: Phase | None = None,
    sandbox: Sandbox | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Apply the pending files of ``phase`` (of both, where none is given) and name them.

    ``tell`` hears of each before it begins. With ``sandbox`` a database that was empty is one from
    the transaction on that makes its tables: it is never a live environment in between.

    Safe to run again, and by several processes at once: a file runs in one transaction that holds
    the lock of table ``migration``, and the list is read again under that lock. Raises
    ``MigrationError``.
    """
    files = read_folder(folder)
    with connect(conninfo) as connection:
        _create_table(connection)
        pending = _pending(files, _applied(connection), phase=phase)
        done = []
        for each in pending:
            tell(f"applying {each.name}")
            begin = sandbox if each == files[0] else None
            if _apply_patiently(connection, each, begin):
                done.append(each.name)
        return done


def status(conninfo: str, folder: Path) -> list[Standing]:
    """List every migration, of the folder and of the database, in order of number."""
    files = {each.name: each for each in read_folder(folder)}
    with connect(conninfo) as connection:
        applied = _applied(connection)
    return [
        _standing(files.get(name), applied.get(name)) for name in sorted(files.keys() | applied)
    ]


def schema_version(conninfo: str) -> str | None:
    """Give the number of the last migration applied, such as ``0042``."""
    with connect(conninfo) as connection:
        return max((name[:4] for name in _applied(connection)), default=None)


def connect(conninfo: str) -> psycopg.Connection:
    """Connect to a server that this release works with; raises ``MigrationError``."""
    try:
        connection = psycopg.connect(conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(
            f"the database is not reachable: {told(error, conninfo)}"
        ) from error
    major = connection.info.server_version // 10_000
    encoding = connection.info.parameter_status("server_encoding")
    if MAJOR_MIN <= major <= MAJOR_MAX and encoding == "UTF8":
        return connection
    connection.close()
    raise ServerNotSupported(
        f"PostgreSQL {MAJOR_MIN} to {MAJOR_MAX} with encoding UTF8 is needed; "
        f"this database is {major} with {encoding}"
    )


def _create_table(connection: psycopg.Connection) -> None:
    if _has_table(connection):
        return
    try:
        with connection.transaction():
            connection.execute(_CREATE)
    except (DuplicateTable, DuplicateObject, UniqueViolation):
        return  # another runner was first; we collided with its table, row type or catalog row
    except psycopg.Error as error:
        raise MigrationFailed(f"table migration: {told(error)}") from error


def _has_table(connection: psycopg.Connection) -> bool:
    found = connection.execute(_EXISTS).fetchone()
    return found == (True,)


def _applied(connection: psycopg.Connection) -> dict[str, AppliedRow]:
    if not _has_table(connection):
        return {}
    try:
        with connection.cursor(row_factory=class_row(AppliedRow)) as cursor:
            return {row.name: row for row in cursor.execute(_READ)}
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationFailed(f"the migrations here cannot be read: {told(error)}") from error


def _pending(
    files: Sequence[Migration], applied: Mapping[str, AppliedRow], *, phase: Phase | None
) -> list[Migration]:
    """Choose what to apply, in order; check everything before anything is touched."""
    for each in files:
        if each.name in applied:
            _refuse_changed(each, applied[each.name])
    missing = [each for each in files if each.name not in applied]
    last = max(applied, default="")
    for each in missing:
        if each.name < last:
            raise MigrationOutOfOrder(f"{each.name} comes after {last}, which is applied: renumber")
    if phase is None:
        return missing
    wanted = [each for each in missing if each.phase == phase]
    for waiting, due in zip(wanted, missing, strict=False):
        if waiting != due:
            raise MigrationOutOfOrder(
                f"{waiting.name} ({waiting.phase}) waits for {due.name} ({due.phase}): "
                f"run that phase first"
            )
    return wanted


def _refuse_changed(file: Migration, row: AppliedRow) -> None:
    if row.checksum != file.checksum:
        raise MigrationChanged(
            f"{file.name} was changed after it was applied on {row.applied_at:%Y-%m-%d}: "
            "put the file back and write a new migration"
        )


def _apply_patiently(
    connection: psycopg.Connection, file: Migration, begin: Sandbox | None
) -> bool:
    """Apply one file; where locks are in the way, step back and try again."""
    pause = 0.1
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return _apply(connection, file, begin)
        except (LockNotAvailable, DeadlockDetected) as error:
            if attempt == ATTEMPTS_MAX:
                raise MigrationBlocked(f"{file.name}: {told(error)}") from error
            time.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)
        except psycopg.Error as error:
            raise MigrationFailed(f"{file.name}: {told(error)}") from error
    raise AssertionError(file.name)


def _apply(connection: psycopg.Connection, file: Migration, begin: Sandbox | None) -> bool:
    """Apply one file in one transaction; False where another runner has done it meanwhile."""
    with connection.transaction():
        connection.execute(_TIMEOUTS)
        connection.execute(_LOCK)
        row = _applied(connection).get(file.name)
        if row is not None:
            _refuse_changed(file, row)
            return False
        connection.execute(file.sql)
        connection.execute(
            _RECORD, {"name": file.name, "checksum": file.checksum, "phase": file.phase.value}
        )
        if begin is not None:
            connection.execute(_BEGIN_SANDBOX, begin._asdict())
        return True


def _standing(file: Migration | None, row: AppliedRow | None) -> Standing:
    if file is None:
        assert row is not None
        return Standing(row.name, row.phase, State.UNKNOWN, row.applied_at)
    if row is None:
        return Standing(file.name, file.phase, State.PENDING, None)
    same = row.checksum == file.checksum
    state = State.APPLIED if same else State.CHANGED
    return Standing(file.name, file.phase, state, row.applied_at)

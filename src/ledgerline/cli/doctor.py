"""``ledgerline doctor``: one line a check, with the fix."""

import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from ledgerline.base.errors import Unavailable
from ledgerline.base.statements import statements
from ledgerline.cli import migrate, output, program
from ledgerline.cli.migrate import MigrationError, State
from ledgerline.cli.postgres_binaries import MAJOR_MAX, MAJOR_MIN
from ledgerline.cli.program import Program, Running
from ledgerline.cli.settings import CommandFailed
from ledgerline.datasets.audit import invariants, violation_of

app: Final = typer.Typer()
_SQL: Final = statements(__name__)
CONNECTIONS_MIN: Final = 50
SKEW_SECONDS_MAX: Final = 1
DISK_PERCENT_WARN: Final = 10
DISK_PERCENT_FAIL: Final = 2
MONEY: Final = ("I-06", "I-21", "I-30")
OK, WARN, FAIL = "ok", "warn", "fail"


class Check(NamedTuple):
    """One finding; ``fix`` is empty when nothing is wrong."""

    level: str
    check: str
    found: str
    fix: str = ""


class ServerRow(NamedTuple):
    """The server and its settings."""

    version: int
    encoding: str
    timezone: str
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    max_connections: int
    clock: datetime


class WorkRow(NamedTuple):
    """What waits."""

    parked: int
    unknown_for_days: int
    overdue_bills: int
    open_exceptions: int
    refusing: list[str] | None
    unrelayed_events: int
    unnumbered: int
    recent_leases: int


@app.command()
def doctor(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Check program, database, schema, clocks, money, work and disk; exit 3 on any finding."""
    of = program.of(context)
    checks = [*_program(), _disk(of.settings.data_dir), *_database(of)]
    output.show_rows([one._asdict() for one in checks], as_json=as_json, title="checks")
    if any(one.level != OK for one in checks):
        raise typer.Exit(output.FOUND_PROBLEMS)


def _program() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Check(OK if good else FAIL, "Python", version, "" if good else "3.11 or newer")


def _disk(folder: Path) -> Check:
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    usage = shutil.disk_usage(there)
    free = 100 * usage.free // usage.total
    level = FAIL if free < DISK_PERCENT_FAIL else WARN if free < DISK_PERCENT_WARN else OK
    return Check(level, "disk", f"{free} % free at {there}", "" if level == OK else "make room")


def _database(of: Program) -> Iterator[Check]:
    try:
        url = of.database_url()
        yield _schema(url)
        yield from program.wait(_inside(of))
    except CommandFailed as failure:
        yield Check(FAIL, "database", str(failure), failure.hint)
    except (MigrationError, Unavailable) as failure:
        yield Check(FAIL, "database", str(failure).strip(), "a server that answers")


def _schema(url: str) -> Check:
    standings = migrate.status(url, migrate.migrations_folder())
    wrong = [one.name for one in standings if one.state is not State.APPLIED]
    if wrong:
        return Check(FAIL, "schema", f"not applied as shipped: {wrong}", "ledgerline db upgrade")
    return Check(OK, "schema", standings[-1].name[:4])


async def _inside(of: Program) -> list[Check]:
    async with of.open() as running:
        environment = await running.run.environment()
        checks = await _server(running, live=environment.kind == "live")
        clock = environment.business_time
        checks.append(Check(OK, "business clock", f"{clock:%Y-%m-%d %H:%M} ({environment.kind})"))
        checks += await _work(running, clock)
        checks += await _money(running)
    return checks


async def _server(running: Running, *, live: bool) -> list[Check]:
    async with running.run.surveying() as read:
        server = await read.row(_SQL["server"], ServerRow)
    assert server is not None
    major = server.version // 10_000
    unsafe = FAIL if live else WARN
    durable = {server.fsync, server.full_page_writes, server.synchronous_commit} == {"on"}
    skew = abs((server.clock - running.run.wall()).total_seconds())
    return [
        _expect(MAJOR_MIN <= major <= MAJOR_MAX, "PostgreSQL", str(major), "15 to 18"),
        _expect(server.encoding == "UTF8", "encoding", server.encoding, "UTF8"),
        _expect(server.timezone == "UTC", "time zone", server.timezone, "timezone = UTC"),
        Check(
            OK if durable else unsafe, "durability",
            f"fsync {server.fsync}, full_page_writes {server.full_page_writes}, "
            f"synchronous_commit {server.synchronous_commit}",
            "" if durable else "all on, wherever money is real",
        ),
        _expect(
            server.max_connections >= CONNECTIONS_MIN, "connections", str(server.max_connections),
            f"max_connections of {CONNECTIONS_MIN} or more",
        ),
        _expect(skew < SKEW_SECONDS_MAX, "clocks", f"{int(skew * 1_000)} ms apart", "run NTP"),
    ]  # fmt: skip


async def _work(running: Running, now: datetime) -> list[Check]:
    async with running.run.surveying() as read:
        work = await read.row(_SQL["work"], WorkRow, now=now)
    assert work is not None
    return [
        _none(work.unknown_for_days, "attempts without an outcome for 3 days", FAIL),
        _none(work.overdue_bills, "bills due for 2 days", FAIL),
        _none(work.parked, "subscriptions parked by billing", WARN),
        _none(work.open_exceptions, "open money exceptions", WARN, "ledgerline exceptions list"),
        Check(
            FAIL if work.refusing else OK, "merchant accounts that refuse us",
            "; ".join(work.refusing or ["none"]),
            "check its address and secrets: ledgerline psp add" if work.refusing else "",
        ),
        Check(OK, "waiting", f"{work.unrelayed_events} events, {work.unnumbered} documents"),
        Check(
            OK if work.recent_leases else WARN, "ranges worked on in the last minute",
            str(work.recent_leases), "" if work.recent_leases else "ledgerline work",
        ),
    ]  # fmt: skip


async def _money(running: Running) -> list[Check]:
    checks = []
    for one in invariants():
        if one.id in MONEY:
            async with running.run.surveying() as read:
                broken = await violation_of(read, one)
            level, fix = (FAIL, "ledgerline audit") if broken else (OK, "")
            checks.append(Check(level, one.id, one.text, fix))
    return checks


def _expect(good: bool, check: str, found: str, fix: str) -> Check:  # noqa: FBT001 - a sentence
    return Check(OK if good else FAIL, check, found, "" if good else fix)


def _none(count: int, what: str, level: str, fix: str = "look at each") -> Check:
    return Check(level if count else OK, what, str(count), fix if count else "")

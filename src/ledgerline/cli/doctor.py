"""``ledgerline doctor``: one line a check, with the fix."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from shlex import quote as quoted
from typing import Annotated, Final, NamedTuple
from uuid import UUID

import typer

from ledgerline.base.errors import Unavailable
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.statements import statements
from ledgerline.cli import migrate, output, program
from ledgerline.cli.empty_database import Held, held, next_step
from ledgerline.cli.invocation import runnable
from ledgerline.cli.migrate import MigrationError, State
from ledgerline.cli.postgres_binaries import MAJOR_MAX, MAJOR_MIN
from ledgerline.cli.program import Program, Running
from ledgerline.cli.settings import CommandFailed
from ledgerline.datasets.audit import invariants, violation_of

app: Final = typer.Typer()
_SQL: Final = statements(__name__)
CONNECTIONS_MIN: Final = 50
CONNECTIONS_WANTED: Final = 100
DURABLE: Final = ("fsync", "full_page_writes", "synchronous_commit")
SKEW_SECONDS_MAX: Final = 1
DISK_PERCENT_WARN: Final = 10
DISK_PERCENT_FAIL: Final = 2
MONEY: Final = ("I-06", "I-21", "I-30")
OK, WARN, FAIL = "ok", "warn", "fail"


class Check(NamedTuple):
    """One finding under a stable code; ``fix`` and ``commands`` are empty when nothing is wrong.

    ``commands`` can be pasted as they stand.
    """

    level: str
    code: str
    check: str
    found: str
    fix: str
    commands: Sequence[str]


class ServerRow(NamedTuple):
    """The server and its settings."""

    version: int
    database: str
    encoding: str
    timezone: str
    is_utc: bool
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    max_connections: int
    clock: datetime


class WorkRow(NamedTuple):
    """What waits."""

    parked: int
    parked_subscriptions: list[UUID] | None
    unknown_for_days: int
    unknown_payments: list[UUID] | None
    unknown_accounts: list[str] | None
    overdue_bills: int
    paused_by: str | None
    open_exceptions: int
    refusing: list[str] | None
    unrelayed_events: int
    unnumbered: int
    recent_leases: int


@app.command()
def doctor(
    context: typer.Context,
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Print commands to paste, and nothing else.")
    ] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Check program, database, schema, clocks, money, work and disk; exit 3 on any finding."""
    of = program.of(context)
    found = [*_program(), _disk(of.settings.data_dir), *_database(of)]
    checks = [_here(one) for one in found]
    if fix and not as_json:
        _print_commands(checks)
    elif as_json:
        output.show_rows([one._asdict() for one in checks], as_json=True)
    else:
        output.show_rows([_shown(one) for one in checks], as_json=False, title="checks")
        if any(one.commands for one in checks):
            output.say("`ledgerline doctor --fix` prints commands to paste")
    if any(one.level != OK for one in checks):
        raise typer.Exit(output.FOUND_PROBLEMS)


def _here(check: Check) -> Check:
    """Write every command so that it runs from here."""
    return check._replace(
        fix=runnable(check.fix), commands=[runnable(each) for each in check.commands]
    )


def _shown(check: Check) -> dict[str, object]:
    row = check._asdict()
    commands = row.pop("commands")
    return row | {"fix": check.fix or "; ".join(commands)}


def _print_commands(checks: Sequence[Check]) -> None:
    for one in checks:
        if one.level != OK:
            output.say(f"{one.code}: {one.check}: {one.found}")
            sys.stdout.writelines(f"{each}\n" for each in one.commands)
            sys.stdout.flush()
            if not one.commands:
                output.say(f"  by hand: {one.fix}")


def _program() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield _expect(sys.version_info >= (3, 11), "python", "Python", version, cure="3.11 or newer")


def _disk(folder: Path) -> Check:
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    usage = shutil.disk_usage(there)
    free = 100 * usage.free // usage.total
    level = FAIL if free < DISK_PERCENT_FAIL else WARN
    return _expect(
        free >= DISK_PERCENT_WARN, "disk", "disk", f"{free} % free at {there}",
        level=level, cure=[f"df -h {quoted(str(there))}"],
    )  # fmt: skip


def _database(of: Program) -> Iterator[Check]:
    try:
        schema = _schema(of.database_url())
        yield schema
        if schema.level == OK:
            yield from program.wait(_inside(of))
    except CommandFailed as failure:
        yield _expect(False, "database", "database", str(failure), cure=failure.hint)  # noqa: FBT003 - a finding
    except (MigrationError, Unavailable) as failure:
        yield _expect(False, "database", "database", str(failure), cure="a server that answers")  # noqa: FBT003 - a finding


def _schema(url: str) -> Check:
    standings = migrate.status(url, migrate.migrations_folder())
    wrong = [f"{one.name} ({one.state})" for one in standings if one.state is not State.APPLIED]
    if not wrong:
        return _well("schema", "schema", standings[-1].name[:4])
    pending = all(one.state in {State.APPLIED, State.PENDING} for one in standings)
    command = "ledgerline db upgrade" if pending else "ledgerline db status"
    found = f"not applied as shipped: {', '.join(wrong)}"
    return _expect(False, "schema", "schema", found, cure=[command])  # noqa: FBT003 - a finding


async def _inside(of: Program) -> list[Check]:
    async with of.open() as running:
        environment = await running.run.environment()
        clock = environment.business_time
        return [
            *await _server(running, live=environment.kind == "live"),
            _well("clock", "business clock", f"{clock:%Y-%m-%d %H:%M} ({environment.kind})"),
            _environment(of.database_url()),
            *await _work(running, clock),
            *await _money(running),
        ]  # fmt: skip


def _environment(url: str) -> Check:
    there = held(url)
    return _expect(
        there not in {Held.HALF_A_DEMO, Held.HALF_A_SANDBOX}, "environment", "environment",
        there.value, level=WARN, cure=next_step(url, there),
    )  # fmt: skip


async def _server(running: Running, *, live: bool) -> list[Check]:
    async with running.run.surveying() as read:
        server = await read.row(_SQL["server"], ServerRow)
    assert server is not None
    major = server.version // 10_000
    skew = abs((server.clock - running.run.wall()).total_seconds())
    zone = f"ALTER DATABASE {_name(server.database)} SET timezone TO 'UTC'"
    return [
        _expect(
            MAJOR_MIN <= major <= MAJOR_MAX, "postgresql", "PostgreSQL", str(major), cure="15 to 18"
        ),
        _expect(
            server.encoding == "UTF8", "encoding", "encoding", server.encoding,
            cure="a database made with --encoding=UTF8",
        ),
        _expect(server.is_utc, "time_zone", "time zone", server.timezone, cure=[_psql(zone)]),
        _durability(server, live=live),
        _expect(
            server.max_connections >= CONNECTIONS_MIN, "connections", "connections",
            f"{server.max_connections} since the server was started",
            cure=[_psql(f"ALTER SYSTEM SET max_connections = {CONNECTIONS_WANTED}")],
        ),
        _expect(
            skew < SKEW_SECONDS_MAX, "clock_skew", "clocks", f"{int(skew * 1_000)} ms apart",
            cure=["timedatectl set-ntp true"],
        ),
    ]  # fmt: skip


def _durability(server: ServerRow, *, live: bool) -> Check:
    settings = {name: getattr(server, name) for name in DURABLE}
    lax = [name for name, value in settings.items() if value != "on"]
    return _expect(
        not lax, "durability", "durability",
        ", ".join(f"{name} {value}" for name, value in settings.items()),
        level=FAIL if live else WARN,
        cure=[
            *(_psql(f"ALTER SYSTEM SET {name} = on") for name in lax),
            _psql("SELECT pg_reload_conf()"),
        ],
    )  # fmt: skip


async def _work(running: Running, now: datetime) -> list[Check]:
    async with running.run.surveying() as read:
        work = await read.row(_SQL["work"], WorkRow, now=now)
    assert work is not None
    waiting = f"{work.unrelayed_events} events, {work.unnumbered} documents"
    return [
        *_unfinished(work),
        *_unclear(work),
        _well("waiting", "waiting", waiting),
        _expect(
            work.recent_leases > 0, "workers", "ranges worked on in the last minute",
            str(work.recent_leases), level=WARN, cure=["ledgerline work"],
        ),
    ]  # fmt: skip


def _unfinished(work: WorkRow) -> Iterator[Check]:
    yield _expect(
        not work.unknown_for_days, "unknown_attempts", "attempts without an outcome for 3 days",
        f"{work.unknown_for_days}{_ids('payment', work.unknown_payments)}",
        cure=[*_trials(work.unknown_accounts or ()), "ledgerline work resolve_attempts"],
    )  # fmt: skip
    yield _expect(
        work.paused_by is None, "billing_paused", "billing goes on",
        f"paused by {work.paused_by}" if work.paused_by else "yes", level=WARN,
        cure=["ledgerline bill resume"],
    )  # fmt: skip
    yield _expect(
        not work.overdue_bills or work.paused_by is not None, "overdue_bills",
        "bills due for 2 days", str(work.overdue_bills), cure=["ledgerline bill run"],
    )  # fmt: skip


def _unclear(work: WorkRow) -> Iterator[Check]:
    yield _expect(
        not work.parked, "parked_subscriptions", "subscriptions parked by billing",
        f"{work.parked}{_ids('subscription', work.parked_subscriptions)}",
        level=WARN, cure=["ledgerline bill parked list"],
    )  # fmt: skip
    yield _expect(
        not work.open_exceptions, "money_exceptions", "open money exceptions",
        str(work.open_exceptions), level=WARN, cure=["ledgerline exceptions list"],
    )  # fmt: skip
    refusing = work.refusing or ()
    yield _expect(
        not refusing, "accounts_refusing", "merchant accounts that refuse us",
        "; ".join(refusing) or "none",
        cure=_trials([one.partition(":")[0] for one in refusing]),
    )  # fmt: skip


def _trials(accounts: Sequence[str]) -> list[str]:
    return [f"ledgerline psp test {quoted(code)}" for code in accounts]


async def _money(running: Running) -> list[Check]:
    checks = []
    for one in invariants():
        if one.id in MONEY:
            async with running.run.surveying() as read:
                violation = await violation_of(read, one)
            broken = violation.broken if violation else 0
            check = _expect(not broken, one.id, one.text, str(broken), cure=["ledgerline audit"])
            checks.append(check)
    return checks


def _expect(
    good: bool,  # noqa: FBT001 - a sentence
    code: str,
    check: str,
    found: str,
    *,
    cure: str | list[str],
    level: str = FAIL,
) -> Check:
    """Say what was found, and where it is wrong what to do: by hand, or by commands to paste."""
    if good:
        level, cure = OK, ""
    fix, commands = (cure, []) if isinstance(cure, str) else ("", cure)
    return Check(level=level, code=code, check=check, found=found, fix=fix, commands=commands)


def _well(code: str, check: str, found: str) -> Check:
    return _expect(True, code, check, found, cure="")  # noqa: FBT003 - nothing can be wrong with it


def _ids(kind: str, ids: Sequence[UUID] | None) -> str:
    """Name the first few, as the API does."""
    return ": " + ", ".join(encode(PREFIXES[kind], one) for one in ids) if ids else ""


def _psql(statement: str) -> str:
    return f'psql "$LEDGERLINE_DATABASE_URL" -c {quoted(statement)}'


def _name(database: str) -> str:
    return '"' + database.replace('"', '""') + '"'

"""The upkeep of the data sets: runs by the hour, closes of months, sweeps, restored databases."""

import importlib
import os
import socket
from datetime import datetime, timedelta
from types import ModuleType
from typing import Annotated, Any, Final

import typer

from ledgerline.base.calendar import parse_duration
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.read_upkeep import Upkeep, read_upkeep

_SPAN_MIN: Final = timedelta(seconds=1)
_HOLDER_MAX: Final = 200
_DRY_RUN: Final[Any] = typer.Option("--dry-run", help="Say what would be, and change nothing.")
_ACTOR: Final[Any] = typer.Option("--as", help="Who.")


def close(
    context: typer.Context,
    month: Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="A month that is over.")],
    *,
    actor: Annotated[str, _ACTOR],
    dry_run: Annotated[bool, _DRY_RUN] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Close a month of the tables by the current release, which is kept for ten years.

    The books of every seller are closed first (`ledger close`). Refused while an audit fails, a
    month before is open, or the database has more of the month than the release. What comes late
    is in the next open month, or in a `restate` with its reason.
    """
    of = program.of(context)
    read(of)  # refused before anything heavy is loaded
    work = heavy(_WORK)
    with output.progress(as_json=as_json) as tell:
        found = program.wait(work.close(of, month.date(), actor=actor, dry_run=True, tell=tell))
    if not dry_run and found["closed_at"] is None:
        question = f"Close {month:%Y-%m} as {found['tag']}? It changes no more."
        output.confirm(question, yes=yes)
        with output.progress(as_json=as_json) as tell:
            found = program.wait(
                work.close(of, month.date(), actor=actor, dry_run=False, tell=tell)
            )
    if as_json:
        output.print_json(found)
        return
    tables = found.pop("tables")
    output.show(found, as_json=False)
    output.show_rows(tables, as_json=False, title="what the month holds")


def follow(
    context: typer.Context,
    *,
    every: Annotated[str, typer.Option(help='How often to run: "1 hour", "15 minutes".')] = (
        "1 hour"
    ),
) -> None:
    """Do what `data run` does again and again until SIGTERM or Ctrl-C, as a process of its own.

    Two at once never build: one holds the lake, the other waits for its next turn. What is stopped
    in the middle releases nothing. `data status` says how runs went.
    """
    of = program.of(context)
    between = span(every)
    read(of)
    program.wait(heavy(_FOLLOW).follow(of, between))


def sweep(
    context: typer.Context,
    *,
    keep_days: Annotated[
        int, typer.Option(min=1, help="How long a release is read once another took its place.")
    ] = 30,
    grace_hours: Annotated[
        int, typer.Option(min=1, help="How old what nothing names has to be.")
    ] = 24,
    dry_run: Annotated[bool, _DRY_RUN] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Delete from the lake what no release, close, tag or interval names any more.

    Keep releases for longer than you would set the database back.
    """
    of = program.of(context)
    ages = (timedelta(days=keep_days), timedelta(hours=grace_hours))
    read(of)
    work = heavy(_WORK)
    with output.progress(as_json=as_json) as tell:
        found = program.wait(work.sweep(of, ages, dry_run=dry_run, tell=tell))
    output.show(found, as_json=as_json)


def adopt(
    context: typer.Context,
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands with the release for ever.")],
    actor: Annotated[str, _ACTOR],
    dry_run: Annotated[bool, _DRY_RUN] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Go on with this database after it was set back to an earlier state.

    What was closed in the lake since is set aside, everything is read once more, and all months
    that are not closed are built and released with the reason. Never on a copy.
    """
    of = program.of(context)
    read(of)
    work = heavy(_WORK)
    found = program.wait(work.lost(of))
    if not dry_run:
        output.confirm(
            f"Set aside {len(found['set_aside'])} intervals and read everything once more?", yes=yes
        )
        with output.progress(as_json=as_json) as tell:
            found = program.wait(work.adopt(of, reason=reason, actor=actor, tell=tell))
    output.show(found, as_json=as_json)


def read(of: Program) -> Upkeep:
    """Read how it goes."""

    async def ask() -> Upkeep:
        async with of.open() as running:
            return await read_upkeep(running.run)

    return program.wait(ask())


def shown(kept: Upkeep) -> dict[str, Any]:
    """Show how it goes."""
    return {
        "running": None if kept.lease is None else kept.lease.holder,
        "last_success": None if kept.good is None else kept.good.ended_at,
        "lag_minutes": None if kept.lag is None else int(kept.lag.total_seconds() // 60),
        "next_run": kept.next_at,
        "runs": [
            {
                "began": one.began_at,
                "ended": one.ended_at,
                "outcome": one.outcome,
                "release": one.release_no,
                "by": one.holder,
                "said": one.said,
            }
            for one in kept.newest
        ],
    }


def span(text: str) -> timedelta:
    """Read a span of time in words; raises ``BadDuration`` and ``CommandFailed``."""
    found = parse_duration(text)
    whole = timedelta(seconds=found.seconds)
    if found.months or whole < _SPAN_MIN:
        raise CommandFailed(f"{text} is no span of hours or minutes", hint='"1 hour"')
    return whole


def holder() -> str:
    """Name this process to whoever finds the lake held."""
    return f"{socket.gethostname()} process {os.getpid()}"[:_HOLDER_MAX]


def heavy(module: str) -> ModuleType:
    """Load what computes; raises ``CommandFailed`` where the extra is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("ledgerline"):
            raise
        raise CommandFailed(
            f"the data sets need {missing.name}, which is not installed",
            hint='pip install "ledgerline[data]"',
        ) from missing


_WORK: Final = "ledgerline.cli.datasets_upkeep_work"
_FOLLOW: Final = "ledgerline.cli.datasets_follow"

"""``ledgerline clock``."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from typing import Annotated, Any, Final

import typer

from ledgerline.base.calendar import advance as instant_after
from ledgerline.base.conninfo import spot_of
from ledgerline.base.log import logger
from ledgerline.cli import output, program, simulator
from ledgerline.cli.program import Paying, Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.advance_clock import Advanced, advance_clock
from ledgerline.flows.follow_sandbox import follow_sandbox
from ledgerline.flows.move_clock import ClockNotVirtual

app: Final = typer.Typer(no_args_is_help=True)
IDLE_SECONDS: Final = 1.0
_log: Final = logger(__name__)


@app.command()
def show(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Show what time it is here, and by whose clock."""
    output.show(program.wait(_show(program.of(context))), as_json=as_json)


@app.command()
def advance(
    context: typer.Context,
    duration: Annotated[str, typer.Argument(help='"1 month", "10 days", "3 hours" or P1M.')],
    control_url: Annotated[
        str | None, typer.Option(help="Control port of the simulator that moves along.")
    ] = None,
    *,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Move the clock of a sandbox forward and do everything that falls due on the way."""
    of = program.of(context)
    url = control_url or _known_control(of)
    output.confirm(f"Advance by {duration}? Invoices are issued and cards charged.", yes=yes)
    with output.progress(as_json=as_json) as tell:
        done = program.wait(_advance(of, duration, url, tell))
    output.show(done._asdict(), as_json=as_json)


@app.command()
def follow(
    context: typer.Context,
    control_url: Annotated[
        str | None, typer.Option(help="Control port of the simulator that moves along.")
    ] = None,
) -> None:
    """Carry out what the console asks of this sandbox, until Ctrl-C; a demo does so by itself."""
    of = program.of(context)
    program.wait(_follow(of, control_url or _known_control(of)))


async def _follow(of: Program, control_url: str) -> None:
    stop = program.stopping()
    async with of.open_paying(size=8) as running, simulator.control(control_url) as outside:
        environment = await running.run.environment()
        if environment.instant is None:
            raise ClockNotVirtual("this environment lives in real time", kind=environment.kind)
        output.say("carrying out what the console asks for; Ctrl-C stops")
        await follow_until(running, outside, stop)


async def follow_until(running: Paying, outside: simulator.Control, stop: asyncio.Event) -> None:
    """Carry out what is asked of a sandbox until ``stop`` is set; what fails is said and left."""
    while not stop.is_set():
        try:
            did = await follow_sandbox(running.run, running.psps, outside)
        except Exception as failure:  # noqa: BLE001 - one that fails must not end the others
            _log.exception("what was asked of the sandbox failed", failure=repr(failure))
            did = False
        if not did:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), IDLE_SECONDS)


def _known_control(of: Program) -> str:
    """Return the control port of the demo that runs here, or of the sandbox made from here."""
    demo = of.place.running()
    named = of.named_database()
    own = None if named is None else of.place.simulator(spot_of(named))
    if own is not None:
        return own.control_url
    if demo is not None:
        return demo.control_url
    raise CommandFailed(
        "no simulator to move along is known",
        hint="--control-url; the simulator prints its control port when it starts",
    )


async def _show(of: Program) -> dict[str, Any]:
    async with of.open() as running:
        environment = await running.run.environment()
        wall = running.run.wall()
    return {
        "environment": environment.kind, "business_time": environment.business_time,
        "wall_time": wall,
    }  # fmt: skip


async def _advance(
    of: Program, duration: str, control_url: str, tell: Callable[[str], None]
) -> Advanced:
    async with of.open_paying(size=8) as running, simulator.control(control_url) as outside:
        environment = await running.run.environment()
        if environment.instant is None:
            raise ClockNotVirtual("this environment lives in real time", kind=environment.kind)
        to = instant_after(environment.instant, duration)
        return await advance_clock(
            running.run, running.psps, to=to, outside=outside.move_clock,
            progress=lambda so_far: tell(_line(so_far)),
        )  # fmt: skip


def _line(so_far: Advanced) -> str:
    shown = so_far.instant.astimezone(UTC)
    return f"{shown:%Y-%m-%d %H:%M}  {so_far.invoiced:,} invoiced  {so_far.succeeded:,} paid"

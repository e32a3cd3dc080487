"""``ledgerline bill runs``, ``pause`` and ``resume``: what runs did, and letting them stop."""

import getpass
from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import Bucket
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record, record
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.pause_billing import BillingPause, pause_billing
from ledgerline.flows.read_billing_pause import read_billing_pause
from ledgerline.flows.resume_billing import resume_billing
from ledgerline.invoicing import views
from ledgerline.invoicing.rows.pausing import BillRunsAsked, PauseRow

app: Final = typer.Typer()
RUNS: Final = 20
_NEWEST: Final = UUID(int=(1 << 128) - 1)


@app.command()
def runs(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """List the newest billing runs that did something, and say whether billing is paused."""
    rows, pause = program.wait(_runs(program.of(context)))
    output.show_rows(rows, as_json=as_json, title="runs")
    if not as_json and pause is not None:
        output.say(_said(pause))


@app.command()
def pause(
    context: typer.Context,
    reason: Annotated[str, typer.Argument(help="Why, for colleagues; no personal data.")],
    *,
    yes: Annotated[bool, output.YES] = False,
) -> None:
    """Let no run bill any more, in any process; what was billed is collected as ever."""
    of = program.of(context)
    output.confirm("Pause billing for everybody?", yes=yes)
    program.wait(_pause(of, reason))
    output.say("billing is paused; `ledgerline bill resume` lets it go on")


@app.command()
def resume(context: typer.Context, *, yes: Annotated[bool, output.YES] = False) -> None:
    """Let runs bill what fell due while billing was paused, each period once."""
    of = program.of(context)
    held = program.wait(_held(of))
    if held is None:
        raise CommandFailed("billing is not paused", hint="`ledgerline bill runs` says what it did")
    output.confirm(f"{_said(held).capitalize()}. Resume?", yes=yes)
    program.wait(_resume(of, held.id))
    output.say("`ledgerline bill run` or a worker bills what fell due meanwhile")


def _said(pause: PauseRow) -> str:
    since = pause.paused_at.isoformat(timespec="minutes")
    return f"billing is paused by {pause.paused_by} since {since}: {pause.reason}"


async def refuse_paused(of: Program) -> None:
    """Refuse to begin a run while billing is paused; raises ``CommandFailed``."""
    held = await _held(of)
    if held is not None:
        raise CommandFailed(_said(held), hint="ledgerline bill resume")


async def tell_paused(of: Program) -> None:
    """Say that billing is paused, where it is: a run may have ended for that."""
    held = await _held(of)
    if held is not None:
        output.say(_said(held))


async def _held(of: Program) -> PauseRow | None:
    async with of.open() as running:
        return await read_billing_pause(running.run)


async def _runs(of: Program) -> tuple[list[Record], PauseRow | None]:
    async with of.open() as running:
        async with running.run.reading() as read:
            rows = await views.bill_runs(read, BillRunsAsked(_NEWEST, RUNS))
        held = await read_billing_pause(running.run)
    return [record(row, "bill_run") for row in rows], held


async def _pause(of: Program, reason: str) -> None:
    if not reason.strip():
        raise CommandFailed("say why billing is paused", hint='ledgerline bill pause "REASON"')
    async with of.open() as running:
        here = await running.run.at_clock()
        pause = BillingPause(
            id=here.new_id(Bucket(0)), by=getpass.getuser(), reason=reason,
            route="ledgerline bill pause",
        )  # fmt: skip
        await pause_billing(here, pause)


async def _resume(of: Program, pause_id: UUID) -> None:
    async with of.open() as running:
        here = await running.run.at_clock()
        await resume_billing(here, pause_id, by=getpass.getuser(), route="ledgerline bill resume")

"""``ledgerline reconcile``: what providers say they paid out, held against our books."""

from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from ledgerline.base.ids import PREFIXES, SettlementFileId, encode
from ledgerline.base.run import Run, calm_collector
from ledgerline.cli import output, program, reconcile_payouts, reconcile_records, records
from ledgerline.cli.program import Program
from ledgerline.cli.reconcile_payouts import ACCOUNT
from ledgerline.cli.records import Record
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.import_settlement import (
    Imported,
    NewSettlement,
    Progress,
    import_settlement,
)
from ledgerline.flows.match_settlement import match_settlement
from ledgerline.payments.refusals import SettlementFileRefused
from ledgerline.reconciliation.model import FileState
from ledgerline.reconciliation.rows import VolumeRow

app: Final = typer.Typer(no_args_is_help=True)


@app.callback()
def reconcile() -> None:
    """Hold the settlement files of providers against the books, and find what is in one only."""


@app.command("import")
def import_(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A settlement file of the account's provider.")],
    *,
    account: Annotated[str, ACCOUNT],
    seller: Annotated[
        str | None, typer.Option(help="Whose books bear the account's own costs, if it is shared.")
    ] = None,
    corrects: Annotated[
        str | None, typer.Option(help="stl_…: the file whose place this one takes.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say it, and keep nothing.")] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Import a settlement file and match its lines; exit 3 when something does not agree.

    A file that cannot be read is refused with all that is wrong, and nothing of it is kept. One
    that does not add up is kept and posts nothing. The same file again changes nothing.
    """
    of = program.of(context)
    calm_collector()  # a file has millions of lines, and none of them is a cycle
    replaced = None if corrects is None else records.read_id("settlement_file", corrects)
    with _opened(file) as raw, output.progress(as_json=as_json) as tell:
        new = NewSettlement(
            psp_account=account,
            raw=raw,
            seller_code=seller,
            corrects=None if replaced is None else SettlementFileId(replaced),
            dry_run=dry_run,
        )
        shown = program.wait(_import(of, new, file, lambda count: tell(f"{count:,} lines read")))
    output.show(shown, as_json=as_json)
    if shown["status"] == FileState.QUARANTINED or shown["breaks"]:
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def files(
    context: typer.Context,
    account: Annotated[str | None, ACCOUNT] = None,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List settlement files, the newest first, and say how much of what moved is explained."""
    _show(program.of(context), account, "files", as_json=as_json)


@app.command()
def breaks(
    context: typer.Context,
    account: Annotated[str | None, ACCOUNT] = None,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List what is in one of the two books only; exit 3 when there is any."""
    if _show(program.of(context), account, "breaks", as_json=as_json):
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def explain(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(help="A line (stl_…:NUMBER), a payout, or a reference: ours or theirs."),
    ],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show lines, the charge or refund they are of, and what they moved in the books."""
    found = program.wait(_explain(program.of(context), what))
    if not any(found[name] for name in ("lines", "payouts", "subjects")):
        raise CommandFailed(
            f"nothing is called {what!r} here", hint="`ledgerline reconcile files` lists files"
        )
    records.show(found, as_json=as_json)


app.registered_commands += reconcile_payouts.app.registered_commands


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}", hint="a file that can be read") from error


async def _import(of: Program, new: NewSettlement, file: Path, progress: Progress) -> Record:
    async with of.open() as running:
        here = await running.run.at_clock()
        psp = of.connector(await reconcile_records.connector_of(here, new.psp_account))
        try:
            imported = await import_settlement(here, psp, new, progress=progress)
        except SettlementFileRefused as refusal:
            raise _unreadable(file, refusal) from refusal
        if not new.dry_run:
            await match_settlement(here, psp_account=new.psp_account)
        return await _imported(here, imported, new)


def _unreadable(file: Path, refusal: SettlementFileRefused) -> CommandFailed:
    """Say all that is wrong with a file, a problem a line."""
    problems = refusal.facts["problems"]
    assert isinstance(problems, list), problems
    for problem in problems:
        output.say(f"{file}: {problem}")
    return CommandFailed(
        f"{file}: {refusal}", hint="ask the provider for the file again; nothing was imported"
    )


async def _imported(run: Run, imported: Imported, new: NewSettlement) -> Record:
    file = imported.file
    if new.dry_run:
        share = reconcile_records.percent(imported.totals)
    else:
        share = await reconcile_records.volume_of(run, file.id)
    return {
        "file": encode(PREFIXES["settlement_file"], file.id),
        "account": file.psp_account,
        "payout": file.reference,
        "status": file.state,
        "why": file.why,
        "lines": file.lines,
        "breaks": imported.breaks,
        "imported": imported.is_new and not new.dry_run,
        "known": not imported.is_new,
        "explained_volume_of_file": share,
        "explained_volume": await reconcile_records.volume(run, new.psp_account),
    }


def _show(of: Program, account: str | None, what: str, *, as_json: bool) -> int:
    """Print what was asked for below the volume that is explained; return how many rows."""
    moved, rows = program.wait(_listed(of, account, what))
    volume = reconcile_records.volume_of_rows(moved)
    if as_json:
        output.print_json({"explained_volume": volume, "data": rows})
    else:
        output.show({"explained_percent": volume["percent"]}, as_json=False)
        if parts := reconcile_records.explained_in_part(moved):
            output.show_rows(parts, as_json=False, title="\nexplained in part")
        output.show_rows(rows, as_json=False, title=f"\n{what}")
    return len(rows)


async def _listed(
    of: Program, account: str | None, what: str
) -> tuple[list[VolumeRow], list[Record]]:
    async with of.open() as running:
        read = reconcile_records.files if what == "files" else reconcile_records.breaks
        moved = await reconcile_records.volumes(running.run, account)
        return moved, await read(running.run, account)


async def _explain(of: Program, what: str) -> Record:
    async with of.open() as running:
        return await reconcile_records.explained(running.run, what)

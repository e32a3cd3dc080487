"""``ledgerline reconcile`` about payouts: what banks and providers said of them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from ledgerline.base.run import Run
from ledgerline.cli import output, program, reconcile_records, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.fail_payout import PayoutFailure, fail_payout
from ledgerline.flows.match_settlement import match_settlement
from ledgerline.flows.move_payout import Named
from ledgerline.flows.record_payout import BankLine, record_payout
from ledgerline.flows.return_payout import return_payout
from ledgerline.reconciliation import views
from ledgerline.reconciliation.model import PayoutState
from ledgerline.reconciliation.rows import PayoutRow, PayoutsAsked
from ledgerline.reconciliation.rules.payouts import off_by

app: Final = typer.Typer()
ACCOUNT: Final[Any] = typer.Option("--account", help="Our name of the merchant account.")
_DATE: Final = ["%Y-%m-%d"]
_LISTED_MAX: Final = 200
_TOLD: Final = ("payout", "account", "status", "announced", "amount", "days")
"""What a terminal has room for; ``--json`` and `reconcile explain` say all."""

Named_ = Annotated[str, typer.Argument(help="The provider's name of the payout.")]
Currency = Annotated[str | None, typer.Option(help="Such as EUR, if several have it.")]
Note = Annotated[str, typer.Option(help="Where the line stands, such as a statement's number.")]
Day = Annotated[datetime, typer.Option(formats=_DATE, help="The day of the bank's line.")]


@app.command()
def bank(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    payout: Named_,
    *,
    amount: Annotated[int, typer.Option(help="What the bank received, in minor units.")],
    on: Day,
    note: Note,
    account: Annotated[str | None, ACCOUNT] = None,
    currency: Currency = None,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Note that the bank received a payout; exit 3 when it is another amount than announced."""
    output.confirm(f"Book {amount:,} minor units of {payout} as received?", yes=yes)
    line = BankLine(
        reference=payout,
        amount_minor=amount,
        paid_on=on.date(),
        note=note,
        psp_account=account,
        currency=currency,
    )
    _do(context, lambda run: record_payout(run, line), as_json=as_json)


@app.command()
def returned(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    payout: Named_,
    *,
    amount: Annotated[int, typer.Option(help="What the bank took back, in minor units.")],
    on: Day,
    note: Note,
    account: Annotated[str | None, ACCOUNT] = None,
    currency: Currency = None,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Note that the bank took a payout back; exit 3 when it is not all that it received."""
    output.confirm(f"Book {amount:,} minor units of {payout} as taken back?", yes=yes)
    line = BankLine(
        reference=payout,
        amount_minor=amount,
        paid_on=on.date(),
        note=note,
        psp_account=account,
        currency=currency,
    )
    _do(context, lambda run: return_payout(run, line), as_json=as_json)


@app.command()
def failed(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    payout: Named_,
    *,
    on: Annotated[datetime, typer.Option(formats=_DATE, help="The day on which it failed.")],
    note: Annotated[str, typer.Option(help="Who says so, and where.")],
    line: Annotated[
        str | None, typer.Option(help="stl_…:NUMBER: a line of it that bears another name.")
    ] = None,
    account: Annotated[str | None, ACCOUNT] = None,
    currency: Currency = None,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Note that a payout failed, as its provider says: its money is in the balance again.

    A line of a settlement file says so by itself, where it bears the name of the payout. The bank's
    line undoes what a person said.
    """
    if not note.strip():
        raise CommandFailed("the note is empty", hint="say who told that it failed, and where")
    output.confirm(f"Book {payout} as back in the provider's balance?", yes=yes)
    failure = PayoutFailure(
        named=Named(payout, account, currency),
        failed_on=on.date(),
        note=note,
        line_id=None if line is None else _line_named(line),
    )
    _do(context, lambda run: fail_payout(run, failure), as_json=as_json)


@app.command()
def payouts(
    context: typer.Context,
    account: Annotated[str | None, ACCOUNT] = None,
    status: Annotated[PayoutState | None, typer.Option(help="Only in this state.")] = None,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List payouts, those announced last first: where each is, and for how many days."""
    rows = program.wait(_listed(program.of(context), account, status))
    if as_json:
        output.print_json({"data": rows})
        return
    told = [{name: records.plain(row[name]) for name in _TOLD} for row in rows]
    output.show_rows(told, as_json=False, title="payouts")


def _line_named(text: str) -> UUID:
    """Read the name of a line, as `reconcile breaks` writes it."""
    found = reconcile_records.subject_named(text) if ":" in text else None
    if found is None:
        raise CommandFailed(f"{text!r} names no line", hint="such as stl_…:12")
    return found


def _do(
    context: typer.Context, work: Callable[[Run], Awaitable[PayoutRow]], *, as_json: bool
) -> None:
    """Let something happen to a payout and show it; exit 3 when some of its money is nowhere."""
    moved, volume = program.wait(_done(program.of(context), work))
    shown = {**reconcile_records.payout(moved), "explained_volume": volume}
    records.show(shown, as_json=as_json)
    if off_by(moved):
        raise typer.Exit(output.FOUND_PROBLEMS)


async def _done(
    of: Program, work: Callable[[Run], Awaitable[PayoutRow]]
) -> tuple[PayoutRow, Record]:
    """Do it, and match what was only waiting for the bank: a line that says that it failed."""
    async with of.open() as running:
        here = await running.run.at_clock()
        moved = await work(here)
        if moved.state == PayoutState.RETURNED:
            await match_settlement(here, psp_account=moved.psp_account)
            async with here.reading() as read:
                moved = await views.payout(read, id=moved.id) or moved
        return moved, await reconcile_records.volume(here, moved.psp_account)


async def _listed(of: Program, account: str | None, status: PayoutState | None) -> list[Record]:
    asked = PayoutsAsked(
        psp_account=account,
        states=None if status is None else [status],
        before=None,
        limit=_LISTED_MAX,
    )
    async with of.open() as running:
        here = await running.run.at_clock()
        async with here.reading() as read:
            rows = await views.payouts(read, asked)
        return [reconcile_records.listed_payout(row, today=here.now().date()) for row in rows]

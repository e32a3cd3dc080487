"""``ledgerline ledger``."""

from datetime import UTC, date, datetime
from typing import Annotated, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.figures import BalanceRow, read_trial_balance
from ledgerline.cli.program import Program
from ledgerline.flows.close_month import ClosedMonth, close_month

app: Final = typer.Typer(no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """Look into the books."""


@app.command()
def trial_balance(
    context: typer.Context,
    at: Annotated[datetime | None, typer.Option(help="Up to this instant (UTC).")] = None,
    month: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m"], help="Only what is booked in this month.")
    ] = None,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show debits, credits and balance of every account, by seller and currency."""
    rows = program.wait(_read(program.of(context), at, month))
    output.show_rows([row._asdict() for row in rows], as_json=as_json, title="trial balance")
    totals: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.seller, row.currency)
        totals[key] = totals.get(key, 0) + row.balance_minor
    if any(totals.values()):
        output.say("the books do not balance")
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def close(
    context: typer.Context,
    *,
    month: Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="A month that is over.")],
    seller: Annotated[str, typer.Option(help="Whose books.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, and close nothing.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Close a month of a seller's books; what comes late is booked on the first open day."""
    of = program.of(context)
    found = program.wait(_close(of, seller, month.date(), dry_run=True))
    if not dry_run and found.closed_at is None:
        output.confirm(f"Close {month:%Y-%m} of {seller}? It cannot be opened again.", yes=yes)
        found = program.wait(_close(of, seller, month.date(), dry_run=False))
    turnover = [row._asdict() for row in found.turnover]
    shown = {"seller": seller, "month": f"{month:%Y-%m}", "closed_at": found.closed_at}
    if as_json:
        output.print_json({**shown, "turnover": turnover})
        return
    output.show(shown, as_json=False)
    output.show_rows(turnover, as_json=False, title="booked")


async def _close(of: Program, seller: str, month: date, *, dry_run: bool) -> ClosedMonth:
    async with of.open() as running:
        here = await running.run.at_clock()
        return await close_month(here, seller_code=seller, month=month, dry_run=dry_run)


async def _read(of: Program, at: datetime | None, month: datetime | None) -> list[BalanceRow]:
    instant = at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
    async with of.open() as running, running.run.surveying() as read:
        return await read_trial_balance(read, at=instant, month=month and month.date())

"""``ledgerline ledger``."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.figures import BalanceRow, read_trial_balance
from ledgerline.cli.program import Program

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


async def _read(of: Program, at: datetime | None, month: datetime | None) -> list[BalanceRow]:
    instant = at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
    async with of.open() as running, running.run.surveying() as read:
        return await read_trial_balance(read, at=instant, month=month and month.date())

"""``ledgerline collect``."""

from typing import Annotated, Final, NamedTuple

import typer

from ledgerline.base.ids import BUCKETS
from ledgerline.base.statements import statements
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.flows.collect_due import BatchCollected, collect_due

app: Final = typer.Typer(no_args_is_help=True)
_SQL: Final = statements(__name__)


class DueRow(NamedTuple):
    """Payments whose next try is due."""

    currency: str
    payments: int
    amount_minor: int


@app.callback()
def collect() -> None:
    """Charge payments that are due."""


@app.command()
def run(
    context: typer.Context,
    *,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Charge every payment whose next try is due, once."""
    of = program.of(context)
    due = program.wait(_due(of))
    if due:
        output.show_rows([row._asdict() for row in due], as_json=False, title="due")
        output.confirm(f"Charge {sum(row.payments for row in due):,} payments?", yes=yes)
    done = program.wait(_collect(of))
    output.show(done._asdict(), as_json=as_json)


async def _due(of: Program) -> list[DueRow]:
    async with of.open() as running:
        here = await running.run.at_clock()
        async with here.reading() as read:
            return await read.rows(_SQL["due"], DueRow, now=here.now())


async def _collect(of: Program) -> BatchCollected:
    tried = succeeded = 0
    async with of.open_paying(size=8) as running:
        while True:
            run = await running.run.at_clock()
            batch = await collect_due(run, running.psps, buckets=(0, BUCKETS))
            if batch.tried == 0:
                return BatchCollected(tried, succeeded)
            tried, succeeded = tried + batch.tried, succeeded + batch.succeeded
            output.say(f"{tried:,} tried, {succeeded:,} succeeded")

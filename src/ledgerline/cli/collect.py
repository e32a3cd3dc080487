"""``ledgerline collect``."""

from collections.abc import Callable
from typing import Annotated, Final, NamedTuple

import typer

from ledgerline.base.ids import BUCKETS, PREFIXES, PaymentId, PaymentMethodId, decode
from ledgerline.base.statements import statements
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.flows.collect_due import (
    COLLECT_BATCH_MAX,
    BatchCollected,
    collect_due,
    collecting_pace,
)
from ledgerline.flows.mend_payment import mend_payment

app: Final = typer.Typer(no_args_is_help=True)
_SQL: Final = statements(__name__)


class DueRow(NamedTuple):
    """Payments whose next try is due, and those whose time to be mended is over."""

    currency: str
    payments: int
    amount_minor: int
    given_up: int


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
        output.confirm(_question(due), yes=yes)
    with output.progress(as_json=as_json) as tell:
        done = program.wait(_collect(of, tell))
    output.show(done._asdict(), as_json=as_json)


def _question(due: list[DueRow]) -> str:
    payments, given_up = sum(row.payments for row in due), sum(row.given_up for row in due)
    over = f" and end {given_up:,} subscriptions that nobody mended" if given_up else ""
    return f"Charge {payments:,} payments{over}?"


@app.command()
def mend(
    context: typer.Context,
    payment: Annotated[str, typer.Argument(help="pay_… that was refused")],
    *,
    method: Annotated[str, typer.Option(help="pm_… of the same customer")],
    yes: Annotated[bool, output.YES] = False,
) -> None:
    """Let another payment method pay what was refused, now and from now on."""
    payment_id = PaymentId(decode(PREFIXES["payment"], payment))
    method_id = PaymentMethodId(decode(PREFIXES["payment_method"], method))
    output.confirm(f"Charge {payment} to {method} with the next batch?", yes=yes)
    program.wait(_mend(program.of(context), payment_id, method_id))
    output.say(f"{payment} is due now; `ledgerline collect run` or a worker charges it")


async def _mend(of: Program, payment_id: PaymentId, method_id: PaymentMethodId) -> None:
    async with of.open() as running:
        await mend_payment(await running.run.at_clock(), payment_id, method_id=method_id)


async def _due(of: Program) -> list[DueRow]:
    async with of.open() as running:
        here = await running.run.at_clock()
        async with here.reading() as read:
            return await read.rows(_SQL["due"], DueRow, now=here.now())


async def _collect(of: Program, tell: Callable[[str], None]) -> BatchCollected:
    tried = succeeded = 0
    pace, milliseconds = collecting_pace(), 0
    async with of.open_paying(size=8) as running:
        while True:
            run = await running.run.at_clock()
            async with pace.share(COLLECT_BATCH_MAX) as share:
                batch = await collect_due(run, running.psps, buckets=(0, BUCKETS), share=share)
            if batch.tried == 0:
                return BatchCollected(tried, succeeded, milliseconds)
            tried, succeeded = tried + batch.tried, succeeded + batch.succeeded
            milliseconds += batch.milliseconds
            tell(f"{tried:,} tried, {succeeded:,} succeeded")

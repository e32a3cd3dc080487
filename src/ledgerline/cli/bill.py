"""``ledgerline bill``."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from ledgerline.base.ids import BUCKETS, BillRunId
from ledgerline.cli import bill_pauses, output, parked, program
from ledgerline.cli.explanation import explain_invoice
from ledgerline.cli.program import Program
from ledgerline.flows.bill_due import BatchBilled, bill_due
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.preview_bill_run import Forecast, preview_bill_run
from ledgerline.rules.explain import show

app: Final = typer.Typer(no_args_is_help=True)
app.add_typer(parked.app, name="parked")
app.add_typer(bill_pauses.app)
_DATE: Final = ["%Y-%m-%d"]


@app.command()
def preview(
    context: typer.Context,
    date: Annotated[
        datetime | None, typer.Option(formats=_DATE, help="All of this day, UTC; default: now.")
    ] = None,
    market: Annotated[str | None, typer.Option(help="One market, such as DE.")] = None,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Count and sum what is due, by market, and write nothing."""
    rows = program.wait(_preview(program.of(context), date, market))
    output.show_rows([row._asdict() for row in rows], as_json=as_json, title="due")


@app.command()
def run(
    context: typer.Context,
    *,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Bill everything that is due now."""
    of = program.of(context)
    program.wait(bill_pauses.refuse_paused(of))
    due = program.wait(_preview(of, None, None))
    if due:
        sums = ", ".join(show(row.total_minor, row.currency) for row in due)
        count = sum(row.invoices for row in due)
        output.confirm(f"Issue {count:,} invoices over {sums}?", yes=yes)
    with output.progress(as_json=as_json) as tell:
        done = program.wait(_run(of, tell))
    output.show(
        {"invoiced": done.invoiced, "ended": done.ended, "parked": done.parked}, as_json=as_json
    )
    program.wait(bill_pauses.tell_paused(of))


@app.command()
def explain(
    context: typer.Context,
    invoice: Annotated[str, typer.Argument(help="inv_…")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show how every amount of an invoice came about, and what it moved in the books."""
    found = program.wait(_explain(program.of(context), invoice))
    if as_json:
        output.print_json(found)
        return
    lines, transfers = found.pop("lines"), found.pop("transfers")
    output.show(found, as_json=False)
    output.show_rows(
        [
            {
                "line": line["plan_code"],
                "period": f"{line['period_start']} – {line['period_end']}",
                "formula": line["formula"],
            }
            for line in lines
        ],
        as_json=False,
        title="\nlines",
    )
    output.show_rows(transfers, as_json=False, title="\ntransfers")


async def _preview(of: Program, day: datetime | None, market: str | None) -> list[Forecast]:
    async with of.open() as running:
        here = await running.run.at_clock()
        until = here.now()
        if day is not None:
            until = day.replace(tzinfo=UTC) + timedelta(days=1) - timedelta(microseconds=1)
        return await preview_bill_run(here, until=until, market_code=market)


async def _run(of: Program, tell: Callable[[str], None]) -> BatchBilled:
    totals = BatchBilled(0, 0, 0, more=True)
    async with of.open() as running:
        here = await running.run.at_clock()
        bill_run_id = BillRunId(here.new_id(here.new_bucket()))
        await open_bill_run(here, bill_run_id=bill_run_id)
        while totals.more:
            billed = await bill_due(here, bill_run_id=bill_run_id, buckets=(0, BUCKETS))
            totals = totals.plus(billed)
            tell(f"{totals.invoiced:,} invoiced, {totals.parked:,} parked")
    return totals


async def _explain(of: Program, invoice: str) -> dict[str, Any]:
    async with of.open() as running:
        return await explain_invoice(running.run, invoice)

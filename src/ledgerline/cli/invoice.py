"""``ledgerline invoice``."""

from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import bucket_of
from ledgerline.base.run import Run
from ledgerline.cli import belongings, output, program, records
from ledgerline.cli.records import Record, amount, record
from ledgerline.invoicing import views
from ledgerline.invoicing.rows.shown import LineView

app: Final = typer.Typer(no_args_is_help=True)


@app.callback()
def invoice() -> None:
    """Look at an invoice."""


@app.command()
def show(
    context: typer.Context,
    invoice: Annotated[str, typer.Argument(help="inv_…")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show an invoice: its lines, payments and credit notes; `bill explain` shows how it came."""
    records.look(program.of(context), "invoice", invoice, _read, as_json=as_json)


async def _read(run: Run, invoice_id: UUID) -> Record | None:
    bucket = bucket_of(invoice_id)
    async with run.reading() as read:
        row = await views.invoice(read, bucket=bucket, id=invoice_id)
        if row is None:
            return None
        lines = await views.lines(read, bucket=bucket, invoice_id=invoice_id)
        belonging = await belongings.of_invoice(read, invoice_id)
    return {**record(row, "invoice"), "lines": [_line(one) for one in lines], **belonging}


def _line(row: LineView) -> Record:
    return {
        "text": row.plan_name,
        "component": row.component,
        "kind": row.kind,
        "quantity": row.quantity,
        "from": row.period_start,
        "until": row.period_end,
        "net": amount(row.net_minor, row.currency),
        "tax": amount(row.tax_minor, row.currency),
        "total": amount(row.gross_minor, row.currency),
        "credited": amount(row.credited_minor, row.currency),
    }

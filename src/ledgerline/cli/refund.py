"""``ledgerline refund``."""

from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import bucket_of
from ledgerline.base.run import Run
from ledgerline.cli import output, program, records
from ledgerline.cli.records import Record, record
from ledgerline.payments import views
from ledgerline.payments.rules.prospects import asked_at, goes_out_at

app: Final = typer.Typer(no_args_is_help=True)


@app.callback()
def refund() -> None:
    """Look at a refund."""


@app.command()
def show(
    context: typer.Context,
    refund: Annotated[str, typer.Argument(help="ref_…")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show a refund: where it stands, and the documents that prove it."""
    records.look(program.of(context), "refund", refund, _read, as_json=as_json)


async def _read(run: Run, refund_id: UUID) -> Record | None:
    async with run.reading() as read:
        row = await views.refund(read, bucket=bucket_of(refund_id), id=refund_id)
    if row is None:
        return None
    return {
        **record(row, "refund"),
        "created": asked_at(row),
        "next_try_at": goes_out_at(row),
    }

"""``ledgerline invoice``."""

from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import InvoiceId, PaymentMethodId, bucket_of
from ledgerline.base.run import Run
from ledgerline.cli import belongings, output, program, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record, amount, record
from ledgerline.flows.pay_invoice import Payable, pay_invoice, preview_payment
from ledgerline.invoicing import views
from ledgerline.invoicing.rows.shown import LineView
from ledgerline.payments import views as payments
from ledgerline.payments.model import AttemptState, PaymentState
from ledgerline.payments.rules.settlement import CLOSED
from ledgerline.rules import explain

app: Final = typer.Typer(no_args_is_help=True)


@app.callback()
def invoice() -> None:
    """Look at an invoice, or pay it."""


@app.command()
def show(
    context: typer.Context,
    invoice: Annotated[str, typer.Argument(help="inv_…")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show an invoice: its lines, payments and credit notes; `bill explain` shows how it came."""
    records.look(program.of(context), "invoice", invoice, _read, as_json=as_json)


@app.command()
def pay(
    context: typer.Context,
    invoice: Annotated[str, typer.Argument(help="inv_… that is open")],
    *,
    method: Annotated[
        str | None, typer.Option(help="pm_… of the same customer, from now on.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say it and charge nothing.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Charge an open invoice now, for a payer who asks for it; a refusal ends nothing."""
    of = program.of(context)
    invoice_id = InvoiceId(records.read_id("invoice", invoice))
    named = None if method is None else records.read_id("payment_method", method)
    method_id = None if named is None else PaymentMethodId(named)
    payable = program.wait(_payable(of, invoice_id, method_id))
    total = amount(payable.amount.minor, payable.amount.currency)
    by = f"{payable.brand} {payable.last4}"
    if dry_run:
        told = {"invoice": invoice, "total": total, "method": by, "dry_run": True}
        records.show(told, as_json=as_json)
        return
    asked = explain.show(payable.amount.minor, payable.amount.currency)
    output.confirm(f"Charge {asked} to {by} now?", yes=yes)
    state = program.wait(_pay(of, invoice_id, method_id))
    records.show({"invoice": invoice, "total": total, "status": state}, as_json=as_json)
    if state != PaymentState.SUCCEEDED:
        raise typer.Exit(output.FOUND_PROBLEMS)


async def _payable(
    of: Program, invoice_id: InvoiceId, method_id: PaymentMethodId | None
) -> Payable:
    async with of.open_paying() as paying:
        here = await paying.run.at_clock()
        return await preview_payment(here, paying.psps, invoice_id, method_id=method_id)


async def _pay(of: Program, invoice_id: InvoiceId, method_id: PaymentMethodId | None) -> str:
    """Pay, and say where the payment stands: ``succeeded``, ``processing`` or ``declined``."""
    async with of.open_paying() as paying:
        here = await paying.run.at_clock()
        paid = await pay_invoice(here, paying.psps, invoice_id, method_id=method_id)
        bucket = bucket_of(paid.payment_id)
        async with here.reading() as read:
            row = await payments.payment(read, bucket=bucket, id=paid.payment_id)
            tries = await payments.attempts(read, bucket=bucket, payment_id=paid.payment_id)
    assert row is not None, paid.payment_id
    if row.state != PaymentState.PROCESSING:
        return row.state
    last = AttemptState(tries[-1].state)
    return last if last in CLOSED else row.state


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

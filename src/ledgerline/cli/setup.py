"""``ledgerline setup``."""

from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import PREFIXES, CustomerId, SetupId, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.cli import output, program, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record, record
from ledgerline.flows.cancel_setup import cancel_setup
from ledgerline.flows.confirm_setup import confirm_setup
from ledgerline.flows.set_up_method import NewSetup, set_up_method
from ledgerline.flows.settle_setup import open_setup_action
from ledgerline.payments import views

app: Final = typer.Typer(no_args_is_help=True)
_KIND: Final = "payment_method_setup"
Which = Annotated[str, typer.Argument(metavar="SETUP", help="pms_…")]


@app.callback()
def setup() -> None:
    """Set up a payment method without a charge, and look at how it stands."""


@app.command()
def start(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="cus_…")],
    *,
    account: Annotated[
        str | None, typer.Option(help="The merchant account; chosen where it has a page.")
    ] = None,
    token: Annotated[str | None, typer.Option(help="What its own fields gave.")] = None,
    brand: Annotated[str | None, typer.Option(help="Such as visa.")] = None,
    last4: Annotated[str | None, typer.Option(help="The last four digits.")] = None,
    return_url: Annotated[
        str | None, typer.Option(help="Where the payer comes back to after they had to act.")
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Let it be the customer's default.")
    ] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Verify a token with its payer; print where they have to go, if anywhere."""
    new = NewSetup(
        customer_id=CustomerId(records.read_id("customer", customer)),
        psp_account=account,
        psp_token=token,
        brand=brand,
        last4=last4,
        return_url=return_url,
        makes_default=default,
    )
    of = program.of(context)
    setup_id = program.wait(_start(of, new))
    _look(of, encode(PREFIXES[_KIND], setup_id), as_json=as_json)


@app.command()
def show(
    context: typer.Context, setup: Which, *, as_json: Annotated[bool, output.JSON] = False
) -> None:
    """Show a set-up: how it stands, and where its payer has to go."""
    _look(program.of(context), setup, as_json=as_json)


@app.command("list")
def list_(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="cus_…")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List a customer's set-ups, the newest first."""
    customer_id = CustomerId(records.read_id("customer", customer))
    rows = program.wait(_list(program.of(context), customer_id, limit))
    output.show_rows(rows, as_json=as_json, title="set-ups")


@app.command()
def confirm(
    context: typer.Context,
    setup: Which,
    *,
    result: Annotated[
        str | None, typer.Option(help="What the payer brought back, where they were given it.")
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Ask the provider what came of it, once its payer is back."""
    of, setup_id = program.of(context), SetupId(records.read_id(_KIND, setup))
    program.wait(_confirm(of, setup_id, result))
    _look(of, setup, as_json=as_json)


@app.command()
def cancel(
    context: typer.Context,
    setup: Which,
    *,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Give a set-up up: its provider is told to end it, and only it can."""
    of, setup_id = program.of(context), SetupId(records.read_id(_KIND, setup))
    output.confirm(f"Give {setup} up?", yes=yes)
    program.wait(_cancel(of, setup_id))
    _look(of, setup, as_json=as_json)


def _look(of: Program, setup: str, *, as_json: bool) -> None:
    records.look(of, _KIND, setup, _read, as_json=as_json)


async def _start(of: Program, new: NewSetup) -> SetupId:
    async with of.open_paying() as paying:
        here = await paying.run.at_clock()
        return (await set_up_method(here, paying.psps, new)).setup_id


async def _list(of: Program, customer_id: CustomerId, limit: int) -> list[Record]:
    async with of.open() as running, running.run.reading() as read:
        rows = await views.payment_setups(
            read,
            bucket=bucket_of(customer_id),
            customer_id=customer_id,
            before=records.TOP,
            limit=limit,
        )
    return [record(row, _KIND, without="action_sealed action_expires_at") for row in rows]


async def _confirm(of: Program, setup_id: SetupId, result: str | None) -> None:
    async with of.open_paying() as paying:
        here = await paying.run.at_clock()
        await confirm_setup(here, paying.psps, setup_id, result=result)


async def _cancel(of: Program, setup_id: SetupId) -> None:
    async with of.open_paying() as paying:
        await cancel_setup(await paying.run.at_clock(), paying.psps, setup_id)


async def _read(run: Run, setup_id: UUID) -> Record | None:
    async with run.reading() as read:
        row = await views.payment_setup(read, bucket=bucket_of(setup_id), id=setup_id)
    if row is None:
        return None
    url = None
    if row.action_sealed is not None:
        url = open_setup_action(run, row.id, row.action_sealed)
    return {**record(row, _KIND, without="action_sealed action_expires_at"), "url": url}

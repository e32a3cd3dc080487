"""``ledgerline checkout``."""

from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import PREFIXES, CheckoutId, CustomerId, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.cli import output, program, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record, record
from ledgerline.flows.close_checkout import close_checkout
from ledgerline.flows.open_checkout import NewCheckout, open_checkout
from ledgerline.purchases import views
from ledgerline.rules.checkout import checkout_state
from ledgerline.rules.quote import Order
from ledgerline.web.links import checkout_path

app: Final = typer.Typer(no_args_is_help=True)
_KIND: Final = "checkout_session"
_UNSHOWN: Final = "closed_at failed attempt_id attempt_state is_held category action_sealed"
Which = Annotated[str, typer.Argument(metavar="SESSION", help="cs_…")]


@app.callback()
def checkout() -> None:
    """Open pages on which customers buy, and look at how they stand."""


@app.command(name="open")
def open_(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="cus_…")],
    plan: Annotated[str, typer.Argument(help="Such as family_monthly.")],
    *,
    quantity: Annotated[int, typer.Option(min=1)] = 1,
    coupon: Annotated[str | None, typer.Option(help="A code that reduces the price.")] = None,
    trial: Annotated[bool, typer.Option(help="Begin with the trial, where there is one.")] = True,
    return_url: Annotated[
        str | None, typer.Option(help="Where the buyer goes on to afterwards.")
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Open a page for a customer and print its address, below the origin of `ledgerline serve`."""
    order = Order(
        customer_id=CustomerId(records.read_id("customer", customer)),
        plan_code=plan,
        quantity=quantity,
        coupon_code=coupon,
        with_trial=trial,
    )
    of = program.of(context)
    session_id = program.wait(_open(of, NewCheckout(order, return_url)))
    _look(of, encode(PREFIXES[_KIND], session_id), as_json=as_json)


@app.command()
def show(
    context: typer.Context, session: Which, *, as_json: Annotated[bool, output.JSON] = False
) -> None:
    """Show a session: how it stands, and the address of its page."""
    _look(program.of(context), session, as_json=as_json)


@app.command()
def expire(
    context: typer.Context,
    session: Which,
    *,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Close a session: its page takes no order any more."""
    of, session_id = program.of(context), CheckoutId(records.read_id(_KIND, session))
    output.confirm(f"Close {session}?", yes=yes)
    program.wait(_expire(of, session_id))
    _look(of, session, as_json=as_json)


def _look(of: Program, session: str, *, as_json: bool) -> None:
    records.look(of, _KIND, session, _read, as_json=as_json)


async def _open(of: Program, new: NewCheckout) -> CheckoutId:
    async with of.open_paying() as paying:
        return await open_checkout(await paying.run.at_clock(), paying.psps, new)


async def _expire(of: Program, session_id: CheckoutId) -> None:
    async with of.open() as running:
        await close_checkout(await running.run.at_clock(), session_id)


async def _read(run: Run, session_id: UUID) -> Record | None:
    async with run.reading() as read:
        row = await views.checkout(read, bucket=bucket_of(session_id), id=session_id)
    if row is None:
        return None
    shown = record(row, _KIND, without=f"{_UNSHOWN} action_expires_at")
    url = checkout_path(run.keyring.kek, row.id)
    return {**shown, "status": checkout_state(row, now=run.now()).value, "url": url}

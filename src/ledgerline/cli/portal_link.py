"""``ledgerline customer portal``: a link that opens the portal of a customer, once."""

from datetime import timedelta
from typing import Annotated

import typer

from ledgerline.access.model import PortalPage
from ledgerline.base.ids import CustomerId
from ledgerline.cli import output, program, records
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Program
from ledgerline.flows.make_portal_link import (
    LINK_FOR,
    LINK_FOR_MAX,
    NewPortalLink,
    PortalLink,
    make_portal_link,
)
from ledgerline.web.links import portal_path

_MINUTE = timedelta(minutes=1)


def portal(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="cus_…")],
    *,
    to: Annotated[PortalPage, typer.Option(help="Where in the portal it leads to.")] = (
        PortalPage.HOME
    ),
    minutes: Annotated[
        int,
        typer.Option(min=1, max=LINK_FOR_MAX // _MINUTE, help="For how long it waits to be used."),
    ] = LINK_FOR // _MINUTE,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Print the address that opens a customer's portal, once, below that of `ledgerline serve`."""
    customer_id = CustomerId(records.read_id("customer", customer))
    new = NewPortalLink(customer_id, to, minutes * _MINUTE)
    made = program.wait(_make(program.of(context), new))
    shown = {
        "customer": customer, "url": portal_path(made.token), "leads_to": to.value,
        "expires": made.expires_at,
    }  # fmt: skip
    records.show(shown, as_json=as_json)


async def _make(of: Program, new: NewPortalLink) -> PortalLink:
    async with of.open() as running:
        await check_key(running.run)
        return await make_portal_link(await running.run.at_clock(), new)

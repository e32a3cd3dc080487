"""A customer of the demo and a link into their portal; see ``demo``."""

from typing import Final, NamedTuple

from ledgerline.base.ids import CustomerId
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.flows.make_portal_link import LINK_FOR_MAX, NewPortalLink, make_portal_link
from ledgerline.web.links import portal_path

_SQL: Final = statements(__name__)


class SomebodyRow(NamedTuple):
    """Whose portal is shown."""

    customer_id: CustomerId


async def open_portal_of(run: Run) -> str | None:
    """Make a link for somebody with something to pay; None where nobody has a plan."""
    async with run.surveying() as read:
        found = await read.row(_SQL["somebody"], SomebodyRow)
    if found is None:
        return None
    new = NewPortalLink(found.customer_id, stands_for=LINK_FOR_MAX)
    return portal_path((await make_portal_link(await run.at_clock(), new)).token)

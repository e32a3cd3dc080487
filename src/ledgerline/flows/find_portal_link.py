"""Find a link into the portal and say what it is good for; a look uses nothing up."""

from typing import NamedTuple

from ledgerline.access import store as access
from ledgerline.access.model import PortalLinkNotFound
from ledgerline.access.rows import PortalRow
from ledgerline.access.rules.portal import LinkState, link_state
from ledgerline.base.db import Tx
from ledgerline.base.ids import bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.flows.make_portal_link import LINK, proves, read_token


class FoundLink(NamedTuple):
    """A link, and what it is good for now."""

    row: PortalRow
    state: LinkState


@repeated
async def find_portal_link(run: Run, token: str) -> FoundLink:
    """Find a link. Called by the portal. Raises ``PortalLinkNotFound``."""
    async with run.transaction() as tx:
        row = await find_link_in(tx, run, token)
    return FoundLink(row, link_state(row, now=run.wall()))


async def find_link_in(tx: Tx, run: Run, token: str) -> PortalRow:
    """Do the same in the transaction of a caller who may use it up."""
    named = read_token(token)
    row = None
    if named is not None:
        row = await access.read_portal(tx, bucket=bucket_of(named.id), id=named.id)
    if named is None or row is None or not proves(run, LINK, named.secret, row.link_hash):
        raise PortalLinkNotFound("there is no such link")
    if await is_gone_in(tx, row):
        raise PortalLinkNotFound("its customer was erased")
    return row


async def is_gone_in(tx: Tx, row: PortalRow) -> bool:
    """Say whether the customer of a session was erased: then it opens nothing."""
    [owner] = await customers.read_customers(tx, buckets=[row.bucket], ids=[row.customer_id])
    return owner.erased_at is not None

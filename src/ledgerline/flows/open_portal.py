"""Use a link into the portal: it opens one session, and nobody else's click opens another."""

from typing import NamedTuple

from ledgerline.access import store as access
from ledgerline.access.model import PortalLinkExpired, PortalLinkNotFound, PortalLinkUsed
from ledgerline.access.rows import PortalRow
from ledgerline.access.rules.portal import LinkState, link_state
from ledgerline.base.db import Tx
from ledgerline.base.ids import bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.make_portal_link import (
    COOKIE,
    LINK,
    hash_of,
    new_secret,
    proves,
    read_token,
    token_of,
)


class OpenedPortal(NamedTuple):
    """A session that was opened; ``token`` is what its browser keeps."""

    row: PortalRow
    token: str


@repeated
async def find_portal_link(run: Run, token: str) -> tuple[PortalRow, LinkState]:
    """Find a link and say what it is good for; raises ``PortalLinkNotFound``. Nothing is used."""
    async with run.transaction() as tx:
        row = await _found(tx, run, token)
    return row, link_state(row, now=run.wall())


@repeated
async def open_portal(run: Run, token: str) -> OpenedPortal:
    """Open the session of a link.

    Called by the portal. Raises ``PortalLinkNotFound``, ``PortalLinkUsed`` and
    ``PortalLinkExpired``.
    """
    now = run.wall()
    async with run.transaction() as tx:
        row = await _found(tx, run, token)
        state = link_state(row, now=now)
        if state is LinkState.EXPIRED:
            raise PortalLinkExpired("the link was not used in its time")
        secret = new_secret(run)
        opened = state is LinkState.READY and await access.open_portal(
            tx, bucket=row.bucket, id=row.id, cookie_hash=hash_of(run, COOKIE, secret), now=now
        )
        if not opened:
            raise PortalLinkUsed("the link was used before")
    return OpenedPortal(row, token_of(row.id, secret))


async def _found(tx: Tx, run: Run, token: str) -> PortalRow:
    named = read_token(token)
    row = None
    if named is not None:
        row = await access.read_portal(tx, bucket=bucket_of(named.id), id=named.id)
    if named is None or row is None or not proves(run, LINK, named.secret, row.link_hash):
        raise PortalLinkNotFound("there is no such link")
    return row

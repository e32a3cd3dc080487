"""Use a link into the portal: it opens one session, and nobody else's click opens another."""

from typing import NamedTuple

from ledgerline.access import store as access
from ledgerline.access.model import PortalLinkExpired, PortalLinkUsed
from ledgerline.access.rows import PortalRow
from ledgerline.access.rules.portal import LinkState, link_state
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.find_portal_link import find_link_in
from ledgerline.flows.make_portal_link import COOKIE, hash_of, new_secret, token_of


class OpenedPortal(NamedTuple):
    """A session that was opened; ``token`` is what its browser keeps."""

    row: PortalRow
    token: str


@repeated
async def open_portal(run: Run, token: str) -> OpenedPortal:
    """Open the session of a link.

    Called by the portal. Raises ``PortalLinkNotFound``, ``PortalLinkUsed`` and
    ``PortalLinkExpired``.
    """
    now = run.wall()
    async with run.transaction() as tx:
        row = await find_link_in(tx, run, token)
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

"""Find the session of the portal that a browser's cookie names."""

from ledgerline.access import store as access
from ledgerline.access.rows import PortalRow
from ledgerline.access.rules.portal import is_worth_noting, session_stands
from ledgerline.base.ids import bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.find_portal_link import is_gone_in
from ledgerline.flows.make_portal_link import COOKIE, proves, read_token


@repeated
async def visit_portal(run: Run, token: str) -> PortalRow | None:
    """Return the session of a cookie, noting that it is used; None for one that is over.

    Called by every page of the portal.
    """
    named, now = read_token(token), run.wall()
    if named is None:
        return None
    async with run.transaction() as tx:
        row = await access.read_portal(tx, bucket=bucket_of(named.id), id=named.id)
        if row is None or not proves(run, COOKIE, named.secret, row.cookie_hash):
            return None
        if not session_stands(row, now=now) or await is_gone_in(tx, row):
            return None
        if is_worth_noting(row, now=now):
            await access.see_portal(tx, bucket=row.bucket, id=row.id, now=now)
    return row

"""Sign a person in by their link, once."""

from ledgerline.access import store as access
from ledgerline.access.model import LinkNotUsable, Way
from ledgerline.base.run import Run
from ledgerline.flows.begin_session import Entered, begin_session_in
from ledgerline.flows.make_sign_in_link import hash_secret


async def sign_in(run: Run, secret: str, *, route: str) -> str:
    """Use a link up and return the secret of the session that it opens.

    Raises ``LinkNotUsable``, whatever is wrong with it: who tries learns nothing more.
    """
    now = run.wall()
    link = hash_secret(run, "sign-in link", secret)
    async with run.transaction() as tx:
        used = await access.use_sign_in_link(tx, secret_hash=link, used_at=now)
        if used is None:
            raise LinkNotUsable("this link was used, is too old, or is none")
        entered = Entered(used.person_id, Way.LINK, link)
        return await begin_session_in(tx, run, entered, now=now, route=route)

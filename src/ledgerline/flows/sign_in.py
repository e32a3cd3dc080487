"""Sign a person in by their link, once."""

from ledgerline.access import store as access
from ledgerline.access.model import SESSION_LASTS, Act, LinkNotUsable
from ledgerline.access.rows import NewSessionRow
from ledgerline.access.rules.people import actor_of
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.make_sign_in_link import SECRET_BYTES, hash_secret, text_of


async def sign_in(run: Run, secret: str, *, route: str) -> str:
    """Use a link up and return the secret of the session that it opens.

    Raises ``LinkNotUsable``, whatever is wrong with it: who tries learns nothing more.
    """
    now = run.wall()
    shown = text_of(run.random(SECRET_BYTES))
    link_hash = hash_secret(run, "sign-in link", secret)
    session_id = run.at(now).new_id(Bucket(0))
    async with run.transaction() as tx:
        used = await access.use_sign_in_link(tx, secret_hash=link_hash, used_at=now)
        if used is None:
            raise LinkNotUsable("this link was used, is too old, or is none")
        await access.add_session(
            tx,
            NewSessionRow(
                id=session_id,
                secret_hash=hash_secret(run, "session", shown),
                link_hash=link_hash,
                person_id=used.person_id,
                started_at=now,
                seen_at=now,
                expires_at=now + SESSION_LASTS,
            ),
        )
        act = Act(
            actor=actor_of(used.person_id), name="signed_in", route=route,
            kind="session", object_id=session_id,
        )  # fmt: skip
        await audit_act_in(tx, run, act)
    return shown

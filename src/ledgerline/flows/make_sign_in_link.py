"""Make a link that signs a person in once: shown once, stored only as a keyed hash."""

import base64

from ledgerline.access import store as access
from ledgerline.access.model import INVITATION_LASTS, LINK_LASTS, Act, PersonNotFound
from ledgerline.access.rows import SignInLinkRow
from ledgerline.access.rules.people import found_in, require_may_manage
from ledgerline.base import crypto
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in

SECRET_BYTES = 32


async def make_sign_in_link(
    run: Run, named: str, *, by: str, route: str, key: str | None = None
) -> str:
    """Return the secret of a link for a person, by id or e-mail address.

    It opens for ten minutes of operational time and for one sign-in; for somebody who never signed
    in for a day, since somebody else sends it to them. Raises ``PersonNotFound``, also for somebody
    who works here no more, ``AlreadyDone`` and, for a person who may not, ``MayNotManage``,
    ``OwnRole`` or ``OwnersOnly``.
    """
    secret = text_of(run.random(SECRET_BYTES))
    now = run.wall()
    async with run.transaction() as tx:
        people = await access.lock_people(tx)
        person = found_in(people, named)
        require_may_manage(people, by, person.id, [person.role])
        if person.disabled_at is not None:
            raise PersonNotFound("this person works here no more", person=named)
        is_new = await access.read_last_in(tx, person_id=person.id) is None
        await access.add_sign_in_link(
            tx,
            SignInLinkRow(
                secret_hash=hash_secret(run, "sign-in link", secret),
                person_id=person.id,
                created_at=now,
                expires_at=now + (INVITATION_LASTS if is_new else LINK_LASTS),
            ),
        )
        await audit_act_in(
            tx,
            run,
            Act(actor=by, name="link_made", route=route, kind="person", object_id=person.id),
            key=key,
        )
    return secret


def hash_secret(run: Run, purpose: str, secret: str) -> bytes:
    """Hash a secret with the environment's key; random secrets need no slow hash."""
    return crypto.hmac_sha256(run.keyring.kek, f"{purpose}\x00{secret}".encode())


def text_of(raw: bytes) -> str:
    """Write random bytes so that they can stand in an address or a cookie."""
    return base64.b32encode(raw).decode().rstrip("=").lower()

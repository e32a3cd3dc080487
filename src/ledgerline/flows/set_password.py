"""Choose a password, or another one."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from ledgerline.access import store as access
from ledgerline.access.model import Act, PersonNotFound, SignInRefused, Way
from ledgerline.access.rows import KnownRow, PasswordRow, SessionView
from ledgerline.access.rules.passwords import LENGTH_MAX, password_of, require_fit
from ledgerline.access.rules.people import actor_of
from ledgerline.base.db import Tx
from ledgerline.base.passwords import SALT_BYTES, check_password, hash_password
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.count_sign_in import Trying, count_sign_in
from ledgerline.flows.forgive_sign_in import forgive_sign_in

FRESH: Final = timedelta(minutes=10)
"""Who came in by a link so lately may choose a password without the one they forgot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The password that is chosen and the one before, and from which network address."""

    password: str = field(repr=False)
    current: str = field(repr=False)
    place: str


def needs_current(session: SessionView, run: Run) -> bool:
    """Tell whether somebody has to know their password to choose another one."""
    return session.way != Way.LINK or run.wall() - session.started_at >= FRESH


async def set_password(
    run: Run, session: SessionView, choice: Choice, *, route: str, key: str
) -> None:
    """Keep the password of whoever has a session, and end every other session of theirs.

    Where they have one, the current password is asked for, but of who came by a link just now.
    Raises ``PasswordRefused``, ``SignInRefused`` and ``TooManySignIns``.
    """
    chosen = password_of(choice.password)
    require_fit(chosen, [*session.name.split(), session.email.partition("@")[0]])
    known = await _known(run, session)
    if known.hash is not None and needs_current(session, run):
        trying = Trying(session.email, choice.place)
        await count_sign_in(run, trying)
        current = password_of(choice.current)[: LENGTH_MAX + 1]
        if not (await check_password(current, known.hash)).matches:
            raise SignInRefused("the current password is not right")
        await forgive_sign_in(run, trying)
    hashed = await hash_password(chosen, salt=run.random(SALT_BYTES))
    async with run.transaction() as tx:
        await access.lock_people(tx)
        if await access.read_known(tx, email=session.email) != known:
            raise SignInRefused("your password was changed meanwhile")
        await _keep_in(tx, run, session, hashed, route=route, key=key)


async def _known(run: Run, session: SessionView) -> KnownRow:
    async with run.transaction() as tx:
        found = await access.read_known(tx, email=session.email)
    if found is None or found.disabled_at is not None:
        raise PersonNotFound("this person works here no more", person=session.email)
    return found


async def _keep_in(
    tx: Tx, run: Run, session: SessionView, hashed: str, *, route: str, key: str
) -> None:
    now = run.wall()
    person_id, actor = session.person_id, actor_of(session.person_id)
    act = Act(
        actor=actor, name="password_set", route=route, kind="person", object_id=person_id,
        after={"set_at": now.isoformat()},
    )  # fmt: skip
    await audit_act_in(tx, run, act, key=key)
    await access.put_password(tx, PasswordRow(person_id, hashed, now))
    for one in await access.end_sessions(
        tx, person_id=person_id, id=None, but=session.id, ended_at=now
    ):
        ended = Act(actor=actor, name="session_ended", route=route, kind="session",
                    object_id=one.id)  # fmt: skip
        await audit_act_in(tx, run, ended)

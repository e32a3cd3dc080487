"""Begin a session of the console, for somebody who has shown who they are."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.access import store as access
from ledgerline.access.model import SESSION_LASTS, Act, Way
from ledgerline.access.rows import NewSessionRow
from ledgerline.access.rules.people import actor_of
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PersonId
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.make_sign_in_link import SECRET_BYTES, hash_secret, text_of


class Entered(NamedTuple):
    """Who has shown who they are, and how; ``link`` is the hash of a link that was used up."""

    person_id: PersonId
    way: Way
    link: bytes | None = None


async def begin_session_in(tx: Tx, run: Run, entered: Entered, *, now: datetime, route: str) -> str:
    """Return the secret of a new session, and write down by which way it began."""
    person_id, way, link = entered
    shown = text_of(run.random(SECRET_BYTES))
    session_id = run.at(now).new_id(Bucket(0))
    await access.add_session(
        tx,
        NewSessionRow(
            id=session_id, secret_hash=hash_secret(run, "session", shown), way=way, link_hash=link,
            person_id=person_id, started_at=now, seen_at=now, expires_at=now + SESSION_LASTS,
        ),
    )  # fmt: skip
    act = Act(
        actor=actor_of(person_id), name="signed_in", route=route, kind="session",
        object_id=session_id, after={"way": way.value},
    )  # fmt: skip
    await audit_act_in(tx, run, act)
    return shown

"""Let somebody work at the console."""

from typing import NamedTuple

from ledgerline.access import store as access
from ledgerline.access.model import Act, Role
from ledgerline.access.rows import PersonRow
from ledgerline.access.rules.people import email_of, require_may_manage
from ledgerline.base.ids import Bucket, PersonId
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in


class NewPerson(NamedTuple):
    """Who it is, and as what they work."""

    email: str
    name: str
    role: Role


async def check_newcomer(run: Run, role: Role, *, by: str) -> None:
    """Refuse what ``add_person`` would refuse of who asks and the role; writes nothing."""
    async with run.transaction() as tx:
        require_may_manage(await access.lock_people(tx), by, None, [role])


async def add_person(
    run: Run, new: NewPerson, *, by: str, route: str, key: str | None = None
) -> PersonId:
    """Record a person and who let them in, once under a key.

    Raises ``EmailRefused``, ``EmailTaken``, ``AlreadyDone`` and, for a person who may not,
    ``MayNotManage`` or ``OwnersOnly``.
    """
    person_id = PersonId(run.new_id(Bucket(0)))
    row = PersonRow(
        id=person_id, email=email_of(new.email), name=new.name, role=new.role,
        created_at=run.wall(), disabled_at=None,
    )  # fmt: skip
    act = Act(
        actor=by, name="person_added", route=route, kind="person", object_id=person_id,
        after={"role": new.role.value},
    )  # fmt: skip
    async with run.transaction() as tx:
        require_may_manage(await access.lock_people(tx), by, None, [new.role])
        await access.add_person(tx, row)
        await audit_act_in(tx, run, act, key=key)
    return person_id

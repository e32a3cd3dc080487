"""Let somebody work at the console."""

from typing import NamedTuple

from ledgerline.access import store as access
from ledgerline.access.model import Act, Role
from ledgerline.access.rows import PersonRow
from ledgerline.access.rules.people import email_of
from ledgerline.base.ids import Bucket, PersonId
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in


class NewPerson(NamedTuple):
    """Who it is, and as what they work."""

    email: str
    name: str
    role: Role


async def add_person(run: Run, new: NewPerson, *, by: str, route: str) -> PersonId:
    """Record a person and who let them in; raises ``EmailRefused`` and ``EmailTaken``."""
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
        await access.add_person(tx, row)
        await audit_act_in(tx, run, act)
    return person_id

"""Keep a filter of a list under a name."""

from typing import NamedTuple
from uuid import UUID

from ledgerline.access import store as access
from ledgerline.access.model import Act, Role
from ledgerline.access.rows import FilterRow
from ledgerline.access.rules.filters import require_filter
from ledgerline.access.rules.people import actor_of
from ledgerline.base.ids import Bucket, PersonId
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in


class NewFilter(NamedTuple):
    """Which list is filtered how, under which name, and with whom it is shared."""

    path: str
    query: str
    name: str
    shared_with: Role | None


class Saving(NamedTuple):
    """Whose filter it is, through which route, under which key."""

    person_id: PersonId
    route: str
    key: str


async def save_filter(run: Run, new: NewFilter, saving: Saving) -> None:
    """Keep a filter. Raises ``FilterRefused`` and ``AlreadyDone``."""
    name = require_filter(new.path, new.query, new.name)
    id = run.at(run.wall()).new_id(Bucket(0))
    row = FilterRow(
        id=id, person_id=saving.person_id, path=new.path, query=new.query, name=name,
        shared_with=new.shared_with, created_at=run.wall(),
    )  # fmt: skip
    async with run.transaction() as tx:
        await access.save_filter(tx, row)
        await audit_act_in(tx, run, act_of("filter_saved", id, saving), key=saving.key)


def act_of(name: str, id: UUID, saving: Saving) -> Act:
    """Name what somebody does to a filter."""
    actor = actor_of(saving.person_id)
    return Act(actor=actor, name=name, route=saving.route, kind="saved_filter", object_id=id)

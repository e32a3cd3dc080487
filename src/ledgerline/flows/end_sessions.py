"""End sessions of the console: one, or all that a person has."""

from uuid import UUID

from ledgerline.access import store as access
from ledgerline.access.model import Act
from ledgerline.access.rules.people import actor_of
from ledgerline.base.ids import PersonId
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in


async def end_sessions(
    run: Run, person_id: PersonId, *, session_id: UUID | None, by: str, route: str
) -> int:
    """End a session of a person, or all of them, and return how many were open.

    Whoever shows one of them is refused from then on.
    """
    async with run.transaction() as tx:
        ended = await access.end_sessions(
            tx, person_id=person_id, id=session_id, but=None, ended_at=run.wall()
        )
        for one in ended:
            name = "signed_out" if by == actor_of(person_id) else "session_ended"
            act = Act(actor=by, name=name, route=route, kind="session", object_id=one.id)
            await audit_act_in(tx, run, act)
    return len(ended)

"""Say as what a person works from now on, or that they do no more."""

from ledgerline.access import store as access
from ledgerline.access.model import Act, NothingChanges, Role
from ledgerline.access.rows import PersonRow
from ledgerline.access.rules.people import actor_of, found_in, require_may_manage, require_owner
from ledgerline.base.ids import PersonId
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in


async def change_person(
    run: Run, named: str, *, role: Role | None, by: str, route: str, key: str | None = None
) -> bool:
    """Give a person, by id or e-mail address, another role; without one they work here no more.

    False where it was so before. What they had open ends with it: a role is read anew with every
    request, and whoever is disabled has neither session nor password left.
    Raises ``PersonNotFound``, ``LastOwner`` and, for a person who may not, ``MayNotManage``,
    ``OwnRole`` or ``OwnersOnly``.
    """
    now = run.wall()
    async with run.transaction() as tx:
        people = await access.lock_people(tx)
        found = found_in(people, named)
        becomes = found.role if role is None else role.value
        disabled_at = now if role is None else None
        require_may_manage(people, by, found.id, [found.role, becomes])
        require_owner(people, found.id, becomes, disabled_at)
        if (found.role, found.disabled_at is None) == (becomes, disabled_at is None):
            return False
        await access.change_person(tx, id=found.id, role=becomes, disabled_at=disabled_at)
        if disabled_at is not None:
            await access.end_sessions(tx, person_id=found.id, id=None, but=None, ended_at=now)
            await access.forget_password(tx, person_id=found.id)
        act = _act(found, becomes, by=by, route=route, ends=role is None)
        await audit_act_in(tx, run, act, key=key)
    return True


async def check_change(run: Run, person_id: PersonId, *, role: Role | None, by: str) -> None:
    """Refuse what ``change_person`` would refuse, or what changes nothing; writes nothing."""
    async with run.transaction() as tx:
        people = await access.lock_people(tx)
        found = found_in(people, actor_of(person_id))
        becomes = found.role if role is None else role.value
        require_may_manage(people, by, person_id, [found.role, becomes])
        require_owner(people, person_id, becomes, run.wall() if role is None else None)
        if (found.role, found.disabled_at is None) == (becomes, role is not None):
            raise NothingChanges("choose another role")


def _act(was: PersonRow, becomes: str, *, by: str, route: str, ends: bool) -> Act:
    return Act(
        actor=by,
        name="person_disabled" if ends else "role_changed",
        route=route,
        kind="person",
        object_id=was.id,
        before={"role": was.role, "disabled": was.disabled_at is not None},
        after={"role": becomes, "disabled": ends},
    )

"""People of the console: a link signs in once, sessions end, and every act is written down."""

import asyncio
from typing import Any, Final

import psycopg
import pytest

from ledgerline.access import views
from ledgerline.access.model import EmailTaken, LastOwner, LinkNotUsable, PersonNotFound, Role
from ledgerline.access.rules.people import actor_of
from ledgerline.access.rules.sessions import is_open
from ledgerline.base.ids import PersonId
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.change_person import change_person
from ledgerline.flows.end_sessions import end_sessions
from ledgerline.flows.make_sign_in_link import hash_secret, make_sign_in_link
from ledgerline.flows.see_session import see_session
from ledgerline.flows.sign_in import sign_in
from tests.flow_world import World

HERE: Final[dict[str, str]] = {"by": "tests", "route": "test"}
_OWNER: Final = "ida@shop.example"


async def _owner(world: World) -> None:
    if not await world.rows("SELECT FROM person"):
        await add_person(world.run, NewPerson(_OWNER, "Ida", Role.OWNER), **HERE)


async def _acts(world: World, act: str) -> list[tuple[Any, ...]]:
    return await world.rows(
        "SELECT actor, route, before, after FROM audit_entry WHERE act = %s ORDER BY id", act
    )


async def _open(world: World, secret: str) -> bool:
    async with world.run.reading() as read:
        found = await views.session(read, secret_hash=hash_secret(world.run, "session", secret))
    return found is not None and is_open(found, world.run.wall())


async def test_a_link_signs_in_once_also_when_it_is_used_twice_at_once(world: World) -> None:
    await _owner(world)
    secret = await make_sign_in_link(world.run, _OWNER, **HERE)
    tried = await asyncio.gather(
        *(sign_in(world.run, secret, route="test") for _ in range(4)), return_exceptions=True
    )
    [shown] = [one for one in tried if isinstance(one, str)]
    assert [type(one) for one in tried if not isinstance(one, str)] == [LinkNotUsable] * 3
    assert await _open(world, shown)
    # of link and session only hashes are kept
    kept = await world.rows("SELECT secret_hash FROM sign_in_link UNION ALL"
                            " SELECT secret_hash FROM person_session")  # fmt: skip
    assert all(len(row[0]) == 32 for row in kept)
    assert len(await _acts(world, "signed_in")) == 1


async def test_a_link_that_is_old_of_nobody_or_of_one_who_left_opens_nothing(world: World) -> None:
    await _owner(world)
    secret = await make_sign_in_link(world.run, _OWNER, **HERE)
    await world.connection.execute(
        "UPDATE sign_in_link SET created_at = created_at - interval '11 minutes',"
        " expires_at = expires_at - interval '11 minutes' WHERE used_at IS NULL"
    )
    for each in (secret, "made up"):
        with pytest.raises(LinkNotUsable):
            await sign_in(world.run, each, route="test")
    await add_person(world.run, NewPerson("Eva@shop.example ", "Eva", Role.SUPPORT), **HERE)
    secret = await make_sign_in_link(world.run, "eva@shop.example", **HERE)
    await change_person(world.run, "eva@shop.example", role=None, **HERE)
    with pytest.raises(LinkNotUsable):
        await sign_in(world.run, secret, route="test")
    with pytest.raises(PersonNotFound):
        await make_sign_in_link(world.run, "eva@shop.example", **HERE)


async def test_sessions_end_one_by_one_all_at_once_and_with_their_person(world: World) -> None:
    await _owner(world)
    person_id = await add_person(
        world.run, NewPerson("nils@shop.example", "Nils", Role.SUPPORT), **HERE
    )

    async def enter() -> str:
        link = await make_sign_in_link(world.run, "nils@shop.example", **HERE)
        return await sign_in(world.run, link, route="test")

    one, other, last = await enter(), await enter(), await enter()
    async with world.run.reading() as read:
        row = await views.session(read, secret_hash=hash_secret(world.run, "session", one))
    assert row is not None
    me: dict[str, Any] = {"by": actor_of(person_id), "route": "POST /console/sign-out"}
    assert await end_sessions(world.run, person_id, session_id=row.id, **me) == 1
    assert await end_sessions(world.run, person_id, session_id=row.id, **me) == 0
    assert not await see_session(world.run, row.id)
    assert [await _open(world, each) for each in (one, other, last)] == [False, True, True]
    other_person = PersonId(world.run.new_id(world.run.new_bucket()))
    assert await end_sessions(world.run, other_person, session_id=None, **HERE) == 0
    assert await end_sessions(world.run, person_id, session_id=None, **HERE) == 2
    assert not await _open(world, other)
    again = await enter()
    await change_person(world.run, "nils@shop.example", role=None, **HERE)
    assert not await _open(world, again)
    assert [len(await _acts(world, act)) for act in ("signed_out", "session_ended")] == [1, 2]


async def test_who_works_here_is_said_once_and_by_whom(world: World) -> None:
    await _owner(world)
    with pytest.raises(EmailTaken):
        await add_person(world.run, NewPerson("IDA@shop.example", "Ida", Role.ADMIN), **HERE)
    with pytest.raises(LastOwner):
        await change_person(world.run, _OWNER, role=Role.ADMIN, **HERE)
    assert not await change_person(world.run, _OWNER, role=Role.OWNER, **HERE)
    await add_person(world.run, NewPerson("mara@shop.example", "Mara", Role.FINANCE), **HERE)
    assert await change_person(world.run, "mara@shop.example", role=Role.AUDITOR, **HERE)
    assert (
        "tests", "test", {"role": "finance", "disabled": False},
        {"role": "auditor", "disabled": False},
    ) in await _acts(world, "role_changed")  # fmt: skip


async def test_the_audit_log_can_only_grow(world: World) -> None:
    await _owner(world)
    for statement in ("UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            await world.connection.execute(statement)

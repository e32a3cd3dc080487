"""Passwords: chosen, tried a few times, changed; strangers learn nothing and lock nobody out."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from ledgerline.access import views
from ledgerline.access.model import (
    PasswordRefused,
    Role,
    SignInRefused,
    TooManySignIns,
)
from ledgerline.access.rows import SessionView
from ledgerline.access.rules.passwords import PAIR_MAX, PERSON_MAX
from ledgerline.access.rules.sessions import is_open
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.change_person import change_person
from ledgerline.flows.make_sign_in_link import hash_secret, make_sign_in_link
from ledgerline.flows.set_password import Choice, set_password
from ledgerline.flows.sign_in import sign_in
from ledgerline.flows.sign_in_by_password import sign_in_by_password
from tests.flow_world import World

HERE: Final[dict[str, str]] = {"by": "tests", "route": "test"}
SAID: Final = "correct horse battery staple"
OTHER: Final = "every cent can be explained"
HOME: Final = "192.0.2.1"


async def _link(world: World, email: str) -> SessionView:
    shown = await sign_in(
        world.run, await make_sign_in_link(world.run, email, **HERE), route="test"
    )
    return await _session(world, shown)


async def _session(world: World, shown: str) -> SessionView:
    async with world.run.reading() as read:
        found = await views.session(read, secret_hash=hash_secret(world.run, "session", shown))
    assert found is not None
    return found


async def _try(world: World, email: str, said: str, place: str = HOME) -> str:
    return await sign_in_by_password(world.run, email, said, place=place, route="test")


async def _person(world: World, name: str) -> str:
    email = f"{name.lower()}@shop.example"
    await add_person(world.run, NewPerson(email, name, Role.SUPPORT), **HERE)
    return email


async def _choose(
    world: World, session: SessionView, said: str, key: str, current: str = ""
) -> None:
    choice = Choice(password=said, current=current, place=HOME)
    await set_password(world.run, session, choice, route="test", key=key)


@pytest_asyncio.fixture(autouse=True)
async def _calm(world: World) -> AsyncIterator[None]:
    """Forget the tries of other tests: addresses are counted across people."""
    await world.connection.execute("DELETE FROM sign_in_count")
    yield


async def test_a_password_lets_in_and_ends_other_sessions_when_it_changes(world: World) -> None:
    email = await _person(world, "Ona")
    first, second = await _link(world, email), await _link(world, email)
    with pytest.raises(PasswordRefused):
        await _choose(world, first, "too short", "k0")
    await _choose(world, first, SAID, "k1")
    [(kept,)] = await world.rows(
        "SELECT hash FROM person_password WHERE person_id = %s", first.person_id
    )
    assert SAID not in kept
    now = world.run.wall()
    shown = await _try(world, " ONA@shop.example", SAID)
    by_password = await _session(world, shown)
    assert (by_password.way, is_open(by_password, now)) == ("password", True)
    ended = await world.rows(
        "SELECT id FROM person_session WHERE person_id = %s AND ended_at IS NOT NULL",
        first.person_id,
    )
    assert ended == [(second.id,)]
    # whoever came by the password has to know it to change it; whoever came by a link does not
    with pytest.raises(SignInRefused):
        await _choose(world, by_password, OTHER, "k2", current="wrong horse battery staple")
    await _choose(world, by_password, OTHER, "k3", current=SAID)
    with pytest.raises(SignInRefused):
        await _try(world, email, SAID)
    assert await _try(world, email, OTHER)
    await _choose(world, await _link(world, email), SAID, "k4")
    assert await _try(world, email, SAID)


async def test_what_is_wrong_is_not_told(world: World) -> None:
    email = await _person(world, "Pia")
    await _choose(world, await _link(world, email), SAID, "k1")
    bare = await _person(world, "Rut")
    told = set()
    for who, said in (
        (email, OTHER), ("nobody@shop.example", SAID), (bare, SAID), ("no address", SAID),
        (email, ""),
    ):  # fmt: skip
        with pytest.raises(SignInRefused) as refused:
            await _try(world, who, said)
        told.add(str(refused.value))
    assert len(told) == 1
    await change_person(world.run, email, role=None, **HERE)
    with pytest.raises(SignInRefused):
        await _try(world, email, SAID)
    kept = await world.rows(
        "SELECT FROM person_password WHERE person_id = (SELECT id FROM person WHERE email = %s)",
        email,
    )
    assert kept == []


async def test_tries_are_counted_across_restarts_and_forgiven_after_a_quarter_of_an_hour(
    world: World,
) -> None:
    email = await _person(world, "Sol")
    await _choose(world, await _link(world, email), SAID, "k1")
    for who in (email, "nobody.at.all@shop.example"):  # it is the same for people who are not here
        for _ in range(PAIR_MAX):
            with pytest.raises(SignInRefused):
                await _try(world, who, OTHER)
        with pytest.raises(TooManySignIns):
            await _try(world, who, SAID)
    kept = await world.rows("SELECT key_hash FROM sign_in_count")
    assert all(email.encode() not in row[0] and len(row[0]) == 32 for row in kept)
    # from elsewhere they come in meanwhile, and by a link from anywhere
    assert await _try(world, email, SAID, "192.0.2.77")
    assert await _link(world, email)
    await world.connection.execute(
        "UPDATE sign_in_count SET began_at = began_at - interval '15 minutes'"
    )
    assert await _try(world, email, SAID)


async def test_strangers_lock_nobody_out(world: World) -> None:
    email = await _person(world, "Tao")
    await _choose(world, await _link(world, email), SAID, "k1")
    assert await _try(world, email, SAID)
    # a stranger who goes on and on at one address is held back there, and counts no more
    key = hash_secret(world.run, "sign-in of", email)
    for _ in range(PAIR_MAX):
        with pytest.raises(SignInRefused):
            await _try(world, email, OTHER, "198.51.100.1")
    for _ in range(5):
        with pytest.raises(TooManySignIns):
            await _try(world, email, OTHER, "198.51.100.1")
    assert await _tries(world, key) == PAIR_MAX
    # many strangers hold new places back, not the one where they signed in before
    await world.connection.execute(
        "UPDATE sign_in_count SET tries = %s WHERE key_hash = %s", (PERSON_MAX, key)
    )
    with pytest.raises(TooManySignIns):
        await _try(world, email, SAID, "203.0.113.9")
    assert await _try(world, email, SAID)


async def _tries(world: World, key: bytes) -> Any:
    return await world.value("SELECT tries FROM sign_in_count WHERE key_hash = %s", key)


async def test_a_hash_of_older_parameters_is_made_anew_when_it_was_right(world: World) -> None:
    email = await _person(world, "Uma")
    session = await _link(world, email)
    await _choose(world, session, SAID, "k1")
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(SAID)
    await world.connection.execute(
        "UPDATE person_password SET hash = %s WHERE person_id = %s", (old, session.person_id)
    )
    assert await _try(world, email, SAID)
    kept = await world.value(
        "SELECT hash FROM person_password WHERE person_id = %s", session.person_id
    )
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await _try(world, email, SAID)


async def test_old_counts_are_forgotten(world: World) -> None:
    await world.connection.execute(
        "INSERT INTO sign_in_count (key_hash, tries, began_at)"
        " SELECT sha256(n::text::bytea), 1, now() - interval '91 days'"
        " FROM generate_series(1, 15) AS n"
    )
    with pytest.raises(SignInRefused):
        await _try(world, "nobody@shop.example", SAID)
    assert await world.rows(
        "SELECT FROM sign_in_count WHERE began_at < now() - interval '90 days'"
    ) == []  # fmt: skip

"""The auditor's queries: silent about what flows made, loud about each thing a defect could do."""

import tomllib
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any, Final, LiteralString, cast

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from ledgerline.datasets.audit import PROJECTIONS, Invariant, audit, invariants, violation_of
from ledgerline.datasets.projections import drift
from tests.flow_world import World, open_world
from tests.store.audit_plants import PLANTS
from tests.store.story import live_two_months

BY_ID: Final = {one.id: one for one in invariants()}
GUARDS: Final = """
    SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'
    UNION SELECT tgname FROM pg_trigger"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with open_world(database_url, tmp_path_factory.mktemp("audit")) as world:
        await live_two_months(world)
        yield world


def test_every_invariant_is_in_the_registry_and_has_its_plant() -> None:
    # given the registry
    text = files("ledgerline.datasets.invariants").joinpath("registry.toml").read_text("utf-8")
    entries = tomllib.loads(text)["invariant"]
    # then registry, queries and plants speak of the same invariants in the same words
    assert {(one["id"], one["text"]) for one in entries} == {
        (one.id, one.text) for one in invariants()
    }
    assert [one["query"] for one in entries] == [f"{one['id']}.sql" for one in entries]
    assert {plant.partition(" ")[0] for plant in PLANTS} == set(BY_ID)


async def test_every_guard_in_the_registry_is_in_the_database(world: World) -> None:
    text = files("ledgerline.datasets.invariants").joinpath("registry.toml").read_text("utf-8")
    named = {guard for one in tomllib.loads(text)["invariant"] for guard in one["guards"]}
    there = {name for (name,) in await world.rows(GUARDS)}
    assert named - there == set()


async def test_nothing_that_flows_made_breaks_an_invariant(world: World) -> None:
    assert await audit(world.run) == []


async def test_an_empty_database_breaks_no_invariant(fresh_database_url: str) -> None:
    connection = await AsyncConnection.connect(fresh_database_url)
    async with connection:
        for one in invariants():
            assert await _broken(connection, one) == 0, one.id


@pytest.mark.parametrize("plant", sorted(PLANTS))
async def test_a_planted_violation_is_found(plant: str, world: World) -> None:
    # given a database whose guards do not hold any more
    connection = world.connection
    try:
        await connection.execute("BEGIN")
        await connection.execute("SET LOCAL session_replication_role = replica")
        for statement in PLANTS[plant]:
            # when a defect writes what must never be
            changed = await connection.execute(cast("LiteralString", statement))
            assert changed.rowcount != 0, statement
        # then its query finds it
        assert await _broken(connection, BY_ID[plant.partition(" ")[0]]) > 0
    finally:
        await connection.execute("ROLLBACK")


async def test_a_violation_names_its_rows(world: World) -> None:
    # given a query that finds something in every database
    invariant = Invariant("I-99", "There is no plan.", "SELECT p.code FROM plan AS p")
    # when it runs
    async with world.run.reading() as read:
        violation = await violation_of(read, invariant)
    # then it counts all of them and shows the first by column name
    assert violation is not None
    assert violation.broken == 11
    assert {"code": "duo_yearly"} in violation.rows


async def _broken(connection: AsyncConnection[tuple[Any, ...]], invariant: Invariant) -> int:
    query = cast("LiteralString", f"SELECT to_jsonb(v) FROM ({invariant.query}) AS v")
    cursor = await connection.execute(query, {})
    rows = [row for (row,) in await cursor.fetchall()]
    if invariant.id == PROJECTIONS:
        return sum(drift(row) is not None for row in rows)
    return len(rows)


async def test_what_an_extension_brings_is_not_taken_for_a_table_of_ours(world: World) -> None:
    if not await world.value(
        "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'"
    ):
        pytest.skip("this installation has no pg_stat_statements")
    # given statistics with columns of double precision
    await world.write("CREATE EXTENSION pg_stat_statements")
    # then nobody mistakes them for money
    assert "I-28" not in [one.invariant.id for one in await audit(world.run)]
    await world.write("DROP EXTENSION pg_stat_statements")

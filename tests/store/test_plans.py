"""Plans of flows, made while tables are small: kept ones must serve when the tables have grown."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final, LiteralString, NamedTuple, cast

import pytest
import pytest_asyncio

from ledgerline.base.db import Tx
from ledgerline.base.statements import Statement, statements
from tests.architecture.statement_files import statement_files
from tests.flow_world import World, open_world
from tests.store.searching import FIRST_COLUMNS, reads_all
from tests.store.story import live_two_months

STORES: Final = [
    one.module
    for one in statement_files()
    if one.module.endswith(
        (
            ".store",
            ".erasing",
            ".expiry",
            ".learning",
            ".limits",
            ".notices",
            ".payer",
            ".plans",
            ".routes",
            ".settling",
        )
    )
]
SMALL: Final = frozenset(
    {
        "account", "add_on_rule", "amount_limit", "catalog_part", "catalog_release",
        "collection_policy", "coupon",
        "dataset_close", "dataset_headline", "dataset_lease", "environment", "network_limit",
        "lease", "ledger_period", "market", "number_series", "person", "person_identity",
        "person_password", "plan",
        "plan_phase", "price",
        "model_switch", "product", "psp_account", "retry_model", "router_cursor", "router_snapshot",
        "saved_filter",
        "routing_policy", "seller", "series_template", "tax_rate",
        "transition",
    }
)  # fmt: skip
"""Tables that hold what operators wrote, some hundred rows at most."""
SHOWN: Final[Mapping[str, frozenset[str]]] = {
    "ledgerline.reconciliation.views": frozenset({"file", "unmatched_lines", "volumes_of"}),
}
"""Statements of pages that must serve however much there is to show."""
WIDE: Final[Mapping[str, str]] = {
    "earning_lines": "reads a month; its flow lets the planner choose",
    "read_first_open_day": "reads a seller's books; its flow lets the planner choose",
    "read_turnover": "reads a month; its flow lets the planner choose",
    "read_unchecked": "reads the first entries of its queue",
    "read_next_row": "reads the jobs that run, a few: their index holds no others",
    "next_due": "reads the first entry of each index",
    "claim_instruction": "one instruction is open at a time, which its partial index holds",
    "read_account_use": "counts what rests on an account before it is removed, once in its life",
    "group_due": "previews what is due: it reads the whole queue once",
    "read_intervals": "a build reads the manifest of every interval, some nine thousand a year",
    "read_releases": "stops at its limit, from the newest on",
    "read_outcomes": "stops at its limit, from the newest on",
    "read_last_good": "stops at the first, from the newest on",
    "add_outcome": "takes the last number from the end of the index",
    "read_restated": "a close goes through all releases, some nine thousand a year, once a month",
    "add_close": "asks whether there is a later release, at the end of the index",
    "read_named_releases": "a sweep goes through all releases once a day",
    "read_outworn_releases": "a sweep goes through all releases once a day",
    "retire_releases": "a sweep goes through all releases once a day",
    "retire_intervals": "a sweep goes through all intervals once a day",
    "read_retired_intervals": "an export asks which folders are known, also of what is retired",
}
"""Statements that may go through a whole index, and why."""


LOOKED: Final = {
    "never": """
        UPDATE pg_class SET reltuples = -1, relpages = 0
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'""",
    "page": """
        UPDATE pg_class SET reltuples = -1, relpages = 1
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'""",
}
"""What is known of tables: nothing, or that there is a page.

Not played is what autovacuum sees where it looks first, at fifty rows: then some statements,
``extend_grace`` among them, go through all of an index until it looks again, a minute later at the
earliest. Their plans are made anew whenever it does.
"""
ALONE: Final = """
    DO $$DECLARE name text; BEGIN
      FOR name IN SELECT relname FROM pg_class
                   WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = false)', name);
      END LOOP; END$$"""
"""Let autovacuum look at nothing: in the middle of a test it changed what is known of tables."""


class PlanRow(NamedTuple):
    """What EXPLAIN says."""

    plan: Any


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with open_world(database_url, tmp_path_factory.mktemp("plans")) as world:
        await world.connection.execute(ALONE)
        await live_two_months(world)
        await world.connection.execute("ANALYZE")
        yield world


@pytest.mark.parametrize("looked", LOOKED)
@pytest.mark.parametrize("module", STORES)
async def test_no_kept_plan_goes_through_a_table_that_grows(
    module: str, looked: str, world: World
) -> None:
    await world.connection.execute(cast("LiteralString", LOOKED[looked]))
    found = {}
    first = dict(await world.rows(FIRST_COLUMNS))
    async with world.run.transaction() as tx:
        for one in statements(module).values():
            if not one.text.startswith("COPY") and one.name not in WIDE:
                wide = list(_wide(await _plan(tx, one), first))
                if wide:
                    found[one.name] = wide
    assert found == {}


@pytest.mark.parametrize("looked", LOOKED)
@pytest.mark.parametrize("module", SHOWN)
async def test_no_page_goes_through_a_table_that_grows(
    module: str, looked: str, world: World
) -> None:
    await world.connection.execute(cast("LiteralString", LOOKED[looked]))
    first = dict(await world.rows(FIRST_COLUMNS))
    async with world.run.transaction() as tx:
        for name in SHOWN[module]:
            assert list(_wide(await _plan(tx, statements(module)[name]), first)) == [], name


@pytest.mark.parametrize(
    "where",
    [
        "tries > 1",
        "bucket = 7",  # a key that only contains the bucket is no help
        "bucket = 7 AND customer_id IS NOT NULL",
    ],
)
async def test_a_plan_that_would_is_noticed(where: LiteralString, world: World) -> None:
    first = dict(await world.rows(FIRST_COLUMNS))
    planted = _statement(f"SELECT count(*) FROM payment WHERE {where}")
    async with world.run.transaction() as tx:
        assert list(_wide(await _plan(tx, planted), first)) != []


async def _plan(tx: Tx, statement: Statement) -> dict[str, Any]:
    """Give the plan that a writing connection keeps for a statement, whatever the values."""
    nothing = ", ".join(["NULL"] * len(statement.parameters))
    execute = f"EXECUTE planned ({nothing})" if nothing else "EXECUTE planned"
    await tx.execute(_statement(f"PREPARE planned AS {statement.numbered.decode()}"))
    explained = await tx.row(_statement(f"EXPLAIN (FORMAT JSON) {execute}"), PlanRow)
    await tx.execute(_statement("DEALLOCATE planned"))
    assert explained is not None
    plan: dict[str, Any] = explained.plan[0]["Plan"]
    return plan


def _statement(text: str) -> Statement:
    return Statement(
        name="planted", text=cast("LiteralString", text), rank=None, refusals={}, arrays={}
    )


def _wide(node: Mapping[str, Any], first: Mapping[str, str], table: str = "") -> Iterator[str]:
    """Name what goes through a whole table or index; a bitmap is named by the scan above it."""
    table = node.get("Relation Name", table)
    if reads_all(node, first) and table not in SMALL:
        yield f"{node['Node Type']} of {table}"
    for inner in node.get("Plans", []):
        yield from _wide(inner, first, table)

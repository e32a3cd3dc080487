"""Statements that share a round trip: when their answers come, and what is said of a wrong one."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID, uuid5

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from ledgerline.base.db import INSERT_ROWS_MAX, Database, connected
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.statements import Statement
from ledgerline.outbox import store as outbox
from ledgerline.outbox.model import EventRow

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
ONE: Final = UUID(int=1)


class NumberRow(NamedTuple):
    """One number."""

    n: int


def _statement(text: LiteralString, arrays: Mapping[str, int] | None = None) -> Statement:
    return Statement("planted", text, None, {}, arrays or {})


NUMBERS: Final = _statement("SELECT n::integer AS n FROM generate_series(1, %(last)s) AS n")
CUSTOM: Final = _statement(
    "SELECT 1 AS n WHERE current_setting('plan_cache_mode') = 'force_custom_plan'"
)
RAISE: Final = _statement(
    "UPDATE environment SET seed = 1 FROM unnest(%(n)s::integer[]) AS x (n)", {"n": 23}
)


@pytest_asyncio.fixture(loop_scope="session")
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """Connect to a database of its own."""
    async with connected(fresh_database_url, size=2, name="pipelines") as opened:
        yield opened


async def test_rows_arrive_in_order_when_the_pipeline_ends(database: Database) -> None:
    async with database.transaction() as tx:
        # when two queries share a round trip
        async with tx.pipeline():
            few = await tx.rows(NUMBERS, NumberRow, last=2)
            many = await tx.rows(NUMBERS, NumberRow, last=300)
            # then to look at their rows too early is a defect, not an empty answer
            with pytest.raises(AssertionError, match="known when it ends"):
                list(few)
            with pytest.raises(AssertionError, match="known when it ends"):
                assert not many
        # and afterwards each has its own
        assert few == [NumberRow(1), NumberRow(2)]
        assert many == [NumberRow(n) for n in range(1, 301)]


async def test_a_statement_that_changed_too_few_rows_undoes_everything(
    database: Database, fresh_database_url: str
) -> None:
    with pytest.raises(AssertionError, match="planted"):
        await _change_too_few(database)
    assert await _value(fresh_database_url, "SELECT count(*) FROM event") == 0


async def _change_too_few(database: Database) -> None:
    async with database.transaction() as tx, tx.pipeline():
        await outbox.append(tx, [_event(1)])
        await tx.write(RAISE, [NumberRow(1), NumberRow(2)])


@pytest.mark.parametrize("rows", [0, INSERT_ROWS_MAX + 1])
async def test_events_of_a_pipeline_are_all_there_whatever_the_size_of_the_batch(
    rows: int, database: Database, fresh_database_url: str
) -> None:
    async with database.transaction() as tx:
        async with tx.pipeline(rows=rows):
            for seq in (1, 2, 3):
                await outbox.append(tx, [_event(seq)])
        mode = _statement(
            "SELECT 1 AS n WHERE current_setting('plan_cache_mode') LIKE '%%custom%%'"
        )
        # a batch is planned for its size, anything else once
        assert bool(await tx.rows(mode, NumberRow)) == (rows > INSERT_ROWS_MAX)
    assert await _value(fresh_database_url, "SELECT array_agg(seq ORDER BY seq) FROM event") == [
        1, 2, 3,
    ]  # fmt: skip


def _event(seq: int) -> EventRow:
    customer = CustomerId(uuid5(ONE, "customer"))
    return EventRow(Bucket(1), ONE, seq, "customer.created", customer, NOW)


async def _value(url: str, query: LiteralString) -> Any:
    async with await AsyncConnection.connect(url) as connection:
        row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return row[0]

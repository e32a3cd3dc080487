"""Statements that share a round trip: when their answers come, and what is said of a wrong one."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID, uuid5

import pytest
import pytest_asyncio
from psycopg import AsyncConnection, errors

from ledgerline.base.db import INSERT_ROWS_MAX, Database, ReadTx, connected
from ledgerline.base.errors import ConstraintViolated, TryAgain, Unavailable, WrongDatabase
from ledgerline.base.ids import Bucket, CustomerId, EventId
from ledgerline.base.statements import Statement, statements
from ledgerline.outbox import store as outbox
from ledgerline.outbox.rows import EventRow

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
ONE: Final = UUID(int=1)


class TextRow(NamedTuple):
    """One text."""

    text: str


class NumberRow(NamedTuple):
    """One number."""

    n: int


def _statement(text: LiteralString, arrays: Mapping[str, int] | None = None) -> Statement:
    return Statement(name="planted", text=text, rank=None, refusals={}, arrays=arrays or {})


NUMBERS: Final = _statement("SELECT n::integer AS n FROM generate_series(1, %(last)s) AS n")
CUSTOM: Final = _statement(
    "SELECT 1 AS n WHERE current_setting('plan_cache_mode') = 'force_custom_plan'"
)
EVENTS: Final = statements("ledgerline.outbox.store")["append"]
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


async def test_a_refused_statement_ends_the_pipeline_and_spoils_nothing(
    database: Database, fresh_database_url: str
) -> None:
    # given a pipeline whose second statement is refused
    with pytest.raises(ConstraintViolated) as refused:
        await _append_twice(database)
    assert refused.value.constraint == "event_pk"
    # then nothing of it is there, and what stood behind can be said on the same connections
    for _ in range(3):
        async with database.transaction() as tx, tx.pipeline():
            last = await tx.rows(NUMBERS, NumberRow, last=1)
        assert last == [NumberRow(1)]
    assert await _value(fresh_database_url, "SELECT count(*) FROM event") == 0


async def _append_twice(database: Database) -> None:
    async with database.transaction() as tx, tx.pipeline():
        await tx.copy(EVENTS, [_event(1)])
        await tx.copy(EVENTS, [_event(1)])
        await tx.rows(NUMBERS, NumberRow, last=1)


async def test_a_statement_that_cannot_be_prepared_is_tried_again_when_it_can(
    database: Database,
) -> None:
    missing = _statement("SELECT n FROM made_later")
    with pytest.raises(WrongDatabase):
        await _ask(database, missing)
    async with database.transaction() as tx:
        await tx.execute(_statement("CREATE TABLE made_later (n integer)"))
    assert await _ask(database, missing) == []


async def test_a_connection_whose_statements_are_stale_is_replaced(fresh_database_url: str) -> None:
    async with connected(fresh_database_url, size=1, name="pipelines") as database:
        # given a statement that the one connection has prepared
        async with database.transaction() as tx:
            await tx.execute(_statement("CREATE TABLE widened (n integer)"))
        numbers = _statement("SELECT n FROM widened")
        assert await _ask(database, numbers) == []
        # when a migration changes what it returns
        async with database.transaction() as tx:
            await tx.execute(_statement("ALTER TABLE widened ALTER COLUMN n TYPE bigint"))
        # then one transaction is to be repeated, and the repeat works
        with pytest.raises(TryAgain, match="try again"):
            await _ask(database, numbers)
        assert await _ask(database, numbers) == []


async def test_more_than_the_buffers_hold_goes_both_ways(database: Database) -> None:
    # given parameters and answers that fill every buffer on the way many times
    echo = _statement("SELECT %(text)s::text AS text")
    texts = [f"{number:06}" * 20_000 for number in range(120)]
    async with database.transaction() as tx, tx.pipeline():
        found = [await tx.rows(echo, TextRow, text=text) for text in texts]
    assert [one.text for [one] in found] == texts


async def test_a_canceled_wait_leaves_the_lock_and_the_pool_alone(
    database: Database, fresh_database_url: str
) -> None:
    async with await AsyncConnection.connect(fresh_database_url) as holder:
        await holder.execute("SELECT pg_advisory_xact_lock(1)")
        # given a transaction that waits for somebody
        waiting = asyncio.create_task(_ask(database, _LOCK))
        await _until_one_waits(fresh_database_url)
        # when it is canceled, then the wait ends at once
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    # and the pool still lends as many connections as before
    async with asyncio.timeout(100):
        together = asyncio.Barrier(2)
        both = await asyncio.gather(_meet(database, together), _meet(database, together))
    assert sum(both) == 2


async def _meet(database: Database, together: asyncio.Barrier) -> int:
    async with database.transaction() as tx:
        [row] = await tx.rows(NUMBERS, NumberRow, last=1)
        await together.wait()
        return row.n


async def test_who_waits_too_long_for_a_lock_is_asked_to_try_again(
    database: Database, fresh_database_url: str
) -> None:
    bounded = _statement("SELECT 1 AS n WHERE current_setting('lock_timeout') <> '0'")
    async with await AsyncConnection.connect(fresh_database_url) as holder:
        await holder.execute("SELECT pg_advisory_xact_lock(1)")
        # given connections whose patience has an end, shortened here
        assert await _ask(database, bounded) == [NumberRow(1)]
        with pytest.raises(Unavailable, match="try again"):
            await _ask_in_haste(database)


async def test_a_statement_has_an_end_but_a_survey_takes_its_time(database: Database) -> None:
    limit = _statement(
        "SELECT extract(epoch FROM current_setting('statement_timeout')::interval)::int AS n"
    )
    async with database.reading() as read:
        assert await read.rows(limit, NumberRow) == [NumberRow(60)]
    async with database.surveying() as read:
        assert await read.rows(limit, NumberRow) == [NumberRow(0)]
    assert await _ask(database, limit) == [NumberRow(60)]
    with pytest.raises(Unavailable, match="took too long"):
        await _sleep_in_haste(database)


async def _sleep_in_haste(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(_statement("SET LOCAL statement_timeout = '20ms'"))
        await tx.rows(_statement("SELECT 1 AS n FROM pg_sleep(5)"), NumberRow)


async def _ask_in_haste(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(_statement("SET LOCAL lock_timeout = '20ms'"))
        await tx.rows(_LOCK, NumberRow)


@pytest.mark.parametrize("pipelined", [True, False])
async def test_a_connection_that_ends_while_it_is_waited_for_is_unavailable(
    pipelined: bool, database: Database, fresh_database_url: str
) -> None:
    async with await AsyncConnection.connect(fresh_database_url) as holder:
        await holder.execute("SELECT pg_advisory_xact_lock(1)")
        waiting = asyncio.create_task(_ask(database, _LOCK, pipelined=pipelined))
        await _until_one_waits(fresh_database_url)
        await holder.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'advisory'"
        )
        with pytest.raises(Unavailable):
            await waiting
    assert await _ask(database, _LOCK) == [NumberRow(1)]


_LOCK: Final = _statement("SELECT 1 AS n FROM (SELECT pg_advisory_xact_lock(1)) AS held")


async def _ask(
    database: Database, statement: Statement, *, pipelined: bool = False
) -> list[NumberRow]:
    async with database.transaction() as tx:
        if not pipelined:
            return await tx.rows(statement, NumberRow)
        async with tx.pipeline():
            found = await tx.rows(statement, NumberRow)
            await tx.rows(NUMBERS, NumberRow, last=3)
        return found


_WAITING: Final = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"


async def _until_one_waits(url: str) -> None:
    async with asyncio.timeout(150):
        while not await _value(url, _WAITING):  # noqa: ASYNC110 - the server waits, not we
            await asyncio.sleep(0.005)


async def test_a_relaxed_transaction_does_not_wait_for_the_disk(database: Database) -> None:
    waits = _statement("SELECT 1 AS n WHERE current_setting('synchronous_commit') <> 'off'")
    async with database.transaction() as tx:
        usual = await tx.rows(waits, NumberRow)
        await tx.relax()
        assert await tx.rows(waits, NumberRow) == []
    # and the next on the same connection is as it was
    async with database.transaction() as tx:
        assert await tx.rows(waits, NumberRow) == usual


async def test_only_a_survey_may_go_through_whole_tables(database: Database) -> None:
    free = _statement("SELECT 1 AS n WHERE current_setting('enable_seqscan') = 'on'")
    write = _statement("CREATE TABLE made_by_a_reader (n integer)")
    async with database.surveying() as read:
        assert await read.rows(free, NumberRow) == [NumberRow(1)]
    async with database.reading() as read:
        assert await read.rows(free, NumberRow) == []
    for lent in (database.surveying(), database.reading()):
        with pytest.raises(errors.ReadOnlySqlTransaction):
            await _write(lent, write)


async def _write(lent: AbstractAsyncContextManager[ReadTx], write: Statement) -> None:
    async with lent as read:
        await read.rows(write, NumberRow)


def _event(seq: int) -> EventRow:
    customer = CustomerId(uuid5(ONE, "customer"))
    return EventRow(
        id=EventId(uuid5(ONE, f"event {seq}")),
        bucket=Bucket(1),
        aggregate_id=ONE,
        seq=seq,
        kind="customer.created",
        customer_id=customer,
        occurred_at=NOW,
        body=None,
    )


async def _value(url: str, query: LiteralString) -> Any:
    async with await AsyncConnection.connect(url) as connection:
        row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return row[0]

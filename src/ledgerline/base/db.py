"""PostgreSQL: named statements, transactions, COPY."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, LiteralString, Protocol, TypeVar, cast

import psycopg
from psycopg import AsyncConnection
from psycopg.pq import Format

from ledgerline.base import binding, copying
from ledgerline.base.conninfo import told
from ledgerline.base.database_errors import translated
from ledgerline.base.errors import Rejected, Unavailable
from ledgerline.base.pipelines import Asked, Connection, Later, Pipeline
from ledgerline.base.pools import Pool
from ledgerline.base.statements import LOCK_ORDER, Statement

POOL_WAIT_SECONDS: Final = 5.0
# A plan made while a table is small reads all of it for as long as it is kept, and every statement
# of a flow or a view has an index to go by: decision 0010. Flows plan once: a look-up by key has
# one plan for all values. The cost of a scan must not start the compiler (before PG 18).
_BY_INDEX: Final = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
PLANNED_ONCE: Final = f"{_BY_INDEX} -c plan_cache_mode=force_generic_plan"
# A list has filters that may be absent: one plan for all of them serves none well: decision 0015.
PLANNED_EACH: Final = f"{_BY_INDEX} -c plan_cache_mode=force_custom_plan"
# Whoever waits for a lock keeps a connection from others; who dies in a transaction keeps locks.
_STATEMENT: Final = "-c statement_timeout=60s"
_PATIENCE: Final = f"{_STATEMENT} -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s"
_PLAN_FREELY: Final = (
    b"SELECT set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true),"
    b" set_config('enable_mergejoin', 'on', true),"
    b" set_config('plan_cache_mode', 'force_custom_plan', true),"
    b" set_config('statement_timeout', '0', true),"
    b" set_config('idle_in_transaction_session_timeout', '0', true)"
)
_RELAX: Final = b"SET LOCAL synchronous_commit = off"
_PLAN_EACH: Final = b"SET LOCAL plan_cache_mode = force_custom_plan"
INSERT_ROWS_MAX: Final = 200  # rows up to which an INSERT is cheaper than starting a COPY
_OPEN: ContextVar[int] = ContextVar("open_transactions", default=0)


class _Fields(Protocol):
    _fields: tuple[str, ...]


R = TypeVar("R")


def open_transactions() -> int:
    """Count the transactions open in this task; a network call must see zero."""
    return _OPEN.get()


class ReadTx(Protocol):
    """What a view may do: read. ``Tx`` satisfies it too."""

    async def rows(self, statement: Statement, row: type[R], /, **parameters: object) -> list[R]:
        """Run a query and return its rows as ``row`` values."""
        ...

    async def row(self, statement: Statement, row: type[R], /, **parameters: object) -> R | None:
        """Run a query that returns at most one row."""
        ...


@dataclass(slots=True)
class _Progress:
    """What a transaction has done so far: its highest lock rank and the refusals it may meet."""

    rank: int = -1
    refusals: dict[str, type[Rejected]] = field(default_factory=dict)
    pipeline: Pipeline[Statement] | None = None


@dataclass(frozen=True, slots=True)
class Tx:
    """One open transaction. Flows open it, stores speak through it, nobody commits by hand."""

    _connection: Connection
    _column_types: dict[str, tuple[int, ...]]
    _progress: _Progress = field(default_factory=_Progress)

    def _begin(self, statement: Statement) -> None:
        if statement.rank is not None:
            assert statement.rank >= self._progress.rank, (
                f"{statement.name} locks {LOCK_ORDER[statement.rank]} after"
                f" {LOCK_ORDER[self._progress.rank]}: lock order broken"
            )
            self._progress.rank = statement.rank
        self._progress.refusals.update(statement.refusals)

    async def _ask(self, asked: Asked) -> None:
        """Send one statement, or leave it to the pipeline."""
        if self._progress.pipeline is not None:
            self._progress.pipeline.asked.append(asked)
            return
        await self._connection.exchange([asked])
        asked.end()

    async def rows(self, statement: Statement, row: type[R], /, **parameters: object) -> list[R]:
        """Run a query and return its rows as ``row`` values, in the query's order.

        Inside ``pipeline`` the list is filled when the pipeline ends.
        """
        self._begin(statement)
        found: list[R] = [] if self._progress.pipeline is None else Later()
        asked = _bound(statement, parameters)
        asked.make = partial(tuple.__new__, cast("Any", row))  # ``_make`` without a call in Python
        asked.rows = found
        await self._ask(asked)
        return found

    async def row(self, statement: Statement, row: type[R], /, **parameters: object) -> R | None:
        """Run a query that returns at most one row; more than one is a defect."""
        found = await self.rows(statement, row, **parameters)
        assert len(found) <= 1, (statement.name, len(found))
        return found[0] if found else None

    async def execute(
        self, statement: Statement, /, *, expect: int | None = None, **parameters: object
    ) -> int:
        """Run a writing statement and return how many rows it changed.

        ``expect`` asserts that number. Inside ``pipeline`` the result is not known yet: the
        return value is -1 and ``expect`` is checked when the pipeline ends.
        """
        self._begin(statement)
        asked = _bound(statement, parameters)
        asked.expect = expect
        await self._ask(asked)
        return asked.count

    async def write(
        self,
        statement: Statement,
        rows: Sequence[tuple[Any, ...]],
        /,
        *,
        each: bool = True,
        **parameters: object,
    ) -> int:
        """Run a writing statement over a set: each field of ``rows`` becomes an array parameter.

        ``rows`` are NamedTuples of one type; the statement reads ``unnest(%(field)s::type[], …)``
        and must change exactly one row each, unless ``each`` is False (what exists is skipped).
        """
        if not rows:
            return 0
        expect = len(rows) if each else None
        return await self.execute(
            statement, expect=expect, **_columns(statement, rows), **parameters
        )

    @asynccontextmanager
    async def pipeline(self, *, rows: int = 0) -> AsyncIterator[None]:
        """Send the statements of this block without waiting for each answer: one round trip.

        What they find and how many rows they changed is known when the block ends. A batch of so
        many ``rows`` that COPY pays, which a pipeline does not allow, goes step by step, and each
        statement is planned for it.
        """
        if rows > INSERT_ROWS_MAX:
            await self._connection.exchange([Asked("plan", _PLAN_EACH)])
            yield
            return
        pipeline = self._progress.pipeline = Pipeline[Statement]()
        try:
            yield
            for statement, gathered in pipeline.last.values():
                await self.copy(statement, gathered)
        finally:
            self._progress.pipeline = None
        await self._connection.exchange(pipeline.asked)
        for asked in pipeline.asked:
            asked.end()

    async def relax(self) -> None:
        """Do not wait until this transaction is on disk; for what can be made again.

        A crash of the server may undo it within a second of its end, as if it had not been.
        """
        await self._ask(Asked("relax", _RELAX))

    async def plan_freely(self) -> None:
        """Let the planner choose, and take its time, from here on: for what reads whole tables."""
        await self._ask(Asked("plan", _PLAN_FREELY))

    @asynccontextmanager
    async def planned_freely(self) -> AsyncIterator[None]:
        """Do so for the length of a transaction, on a connection that has none open."""
        async with self._connection.transaction():
            await self.plan_freely()
            yield

    async def copy_last(self, statement: Statement, rows: Sequence[tuple[Any, ...]], /) -> int:
        """``copy``, but inside ``pipeline`` all such rows go together when it ends."""
        pipeline = self._progress.pipeline
        if pipeline is None:
            return await self.copy(statement, rows)
        pipeline.last.setdefault(statement.name, (statement, []))[1].extend(rows)
        return len(rows)

    async def copy(self, statement: Statement, rows: Sequence[tuple[Any, ...]], /) -> int:
        """COPY ``rows`` (tuples in the statement's column order); return how many.

        A few rows, and all rows inside ``pipeline``, where COPY may not run, go as one INSERT of
        the same columns instead: it costs less to start.
        """
        if not rows:
            return 0
        self._begin(statement)
        oids = await self._types(statement)
        if len(rows) <= INSERT_ROWS_MAX or self._progress.pipeline is not None:
            text = binding.as_insert(statement.text, oids)
            values = binding.columns(oids, rows)
            formats = [Format.BINARY] * len(values)
            await self._ask(Asked(statement.name, text, values, formats, expect=len(rows)))
            return len(rows)
        cursor = self._connection.cursor()
        async with cursor.copy(statement.text) as copy:
            await copy.write(copying.HEADER)
            for block in copying.blocks(oids, rows):
                await copy.write(block)
            await copy.write(copying.TRAILER)
        assert cursor.rowcount == len(rows), (statement.name, cursor.rowcount, len(rows))
        return len(rows)

    async def _types(self, statement: Statement) -> tuple[int, ...]:
        oids = self._column_types.get(statement.text)
        if oids is None:
            target = statement.text.removeprefix("COPY ").partition(" FROM STDIN")[0]
            table, _, columns = target.partition("(")
            query = f"SELECT {columns.rstrip().rstrip(')')} FROM {table} LIMIT 0"  # noqa: S608 our own COPY
            cursor = await self._connection.execute(cast("LiteralString", query))
            assert cursor.description is not None
            oids = tuple(column.type_code for column in cursor.description)
            self._column_types[statement.text] = oids
        return oids


@dataclass(frozen=True, slots=True)
class Database:
    """The pools of one process: one that writes, one whose transactions are READ ONLY."""

    _writing: Pool
    _reading: Pool
    _column_types: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Open a READ COMMITTED transaction; commit at the end of the block."""
        async with self._open(self._writing, writes=True) as tx:
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadTx]:
        """Lend a connection of which PostgreSQL refuses any write; each query sees its snapshot."""
        async with self._open(self._reading, writes=False) as tx:
            yield tx

    @asynccontextmanager
    async def surveying(self) -> AsyncIterator[ReadTx]:
        """Open a READ ONLY transaction whose plans may go through whole tables, for reports."""
        async with self._open(self._reading, writes=False) as tx, tx.planned_freely():
            yield tx

    @asynccontextmanager
    async def _open(self, pool: Pool, *, writes: bool) -> AsyncIterator[Tx]:
        assert _OPEN.get() == 0, "a transaction is already open in this task"
        token = _OPEN.set(1)
        progress = _Progress()
        leaving = False
        try:
            # BEGIN goes with the first statement, and the pool ends what was begun.
            async with pool.connection() as connection:
                yield Tx(connection, self._column_types, progress)
                leaving = writes
        except psycopg.Error as error:
            raise translated(error, progress.refusals, committing=leaving) from error
        finally:
            _OPEN.reset(token)


def _bound(statement: Statement, parameters: Mapping[str, object]) -> Asked:
    """Encode the parameters of a statement."""
    values, formats = binding.bind(statement.parameters, statement.arrays, parameters)
    text, values, formats = statement.chosen(values, formats)
    return Asked(statement.name, text, values, formats)


def _columns(statement: Statement, rows: Sequence[tuple[Any, ...]]) -> dict[str, bytes]:
    """Encode each field of ``rows`` as an array of the type the statement casts it to."""
    first = rows.shapes[0].row if isinstance(rows, copying.Shaped) else rows[0]
    names = cast("_Fields", first)._fields
    oids = [statement.arrays[name] for name in names]
    return dict(zip(names, binding.columns(oids, rows), strict=True))


@asynccontextmanager
async def connected(
    conninfo: str, *, size: int, name: str, writing_class: type[Connection] = Connection
) -> AsyncIterator[Database]:
    """Open the pools of a process; ``size`` connections each, named ``name`` in the server.

    A ``writing_class`` of one's own sees each message and each commit before it goes out: a test
    puts the statements of two transactions in the order it wants.

    Raises ``Unavailable`` with the driver's own words, but no password, when the server does not
    answer.
    """
    common: dict[str, Any] = {
        "application_name": name,
        "connect_timeout": 5,
        "prepare_threshold": None,  # or the driver might deallocate what we have prepared
    }
    writing_options = common | {"options": f"{PLANNED_ONCE} {_PATIENCE}"}
    # A statement sees one snapshot either way, so a transaction around several would only cost
    # the round trips of BEGIN and COMMIT.
    read_only = common | {
        "options": f"{PLANNED_EACH} {_STATEMENT} -c default_transaction_read_only=on",
        "autocommit": True,
    }
    try:
        probe = await AsyncConnection.connect(conninfo, autocommit=True, connect_timeout=5)
        await probe.close()
    except psycopg.OperationalError as error:
        raise Unavailable(f"the database is not reachable: {told(error, conninfo)}") from error
    async with (
        Pool(
            conninfo,
            min_size=1,
            max_size=size,
            kwargs=writing_options,
            connection_class=writing_class,
            timeout=POOL_WAIT_SECONDS,
            open=False,
        ) as writing,
        Pool(
            conninfo,
            min_size=1,
            max_size=size,
            kwargs=read_only,
            connection_class=Connection,
            timeout=POOL_WAIT_SECONDS,
            open=False,
        ) as reading,
    ):
        yield Database(writing, reading)

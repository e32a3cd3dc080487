"""PostgreSQL: named statements, transactions, COPY, and the one translation of database errors."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, LiteralString, Protocol, TypeVar, cast

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ledgerline.base import binding, copying
from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.pipelines import Later, Pipeline, Sent

POOL_WAIT_SECONDS: Final = 5.0
COPY_CHUNK_ROWS: Final = 5_000
INSERT_ROWS_MAX: Final = 200  # rows up to which an INSERT is cheaper than starting a COPY
LOCK_ORDER: Final = (
    "idempotency_key", "customer", "subscription", "invoice", "payment", "attempt", "refund",
    "credit_account", "counter", "number_series", "numbering_queue", "outbox",
)  # fmt: skip
_RANKS: Final = {name: rank for rank, name in enumerate(LOCK_ORDER)}
_OPEN: ContextVar[int] = ContextVar("open_transactions", default=0)

_ARRAY_CAST: Final = re.compile(r"%\((\w+)\)s::(\w+)\[\]")
Refusals = Mapping[str, type[Rejected]]
_NO_REFUSALS: Final[Refusals] = MappingProxyType({})


class CommitUnknown(OutcomeUnknown):
    """The connection broke during COMMIT: repeat the same transaction with the same ids."""


class WrongDatabase(Unavailable):
    """The database answers, but it is not one this release can work with."""


class _Fields(Protocol):
    _fields: tuple[str, ...]


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Statement:
    """One named statement: its SQL, the lock rank it takes (or None) and its refusals.

    ``arrays`` are the element oids of its array parameters, by name.
    """

    name: str
    text: LiteralString
    rank: int | None
    refusals: Refusals
    arrays: Mapping[str, int]


def statements(module: str, *, refusals: Refusals = _NO_REFUSALS) -> Mapping[str, Statement]:
    """Load the SQL file beside ``module`` (``ledgerline.payments.store`` → ``store.sql``).

    A statement begins with ``-- name: x``; ``-- locks: payment`` states what it locks.
    ``refusals`` maps constraint names to the refusal a person sees when one is violated.
    """
    package, _, stem = module.rpartition(".")
    source = files(package).joinpath(f"{stem}.sql").read_text()
    loaded: dict[str, Statement] = {}
    for block in source.split("-- name: ")[1:]:
        name, _, body = block.partition("\n")
        assert name not in loaded, f"{package}: statement {name} is defined twice"
        comments = [line for line in body.splitlines() if line.startswith("--")]
        locks = [line.removeprefix("-- locks: ") for line in comments if "-- locks: " in line]
        text = "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip()
        rank = _RANKS[locks[0].strip()] if locks else None
        arrays = {
            found[1]: copying.ARRAY_OIDS[found[2]]
            for found in _ARRAY_CAST.finditer(text)
            if found[2] in copying.ARRAY_OIDS
        }
        loaded[name.strip()] = Statement(
            name.strip(), cast("LiteralString", text), rank, refusals, arrays
        )
    return MappingProxyType(loaded)


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

    _connection: AsyncConnection[TupleRow]
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

    async def rows(self, statement: Statement, row: type[R], /, **parameters: object) -> list[R]:
        """Run a query and return its rows as ``row`` values, in the query's order.

        Inside ``pipeline`` the list is filled when the pipeline ends.
        """
        self._begin(statement)
        make = cast("Any", row)._make
        cursor = self._connection.cursor(binary=True, row_factory=lambda _: make)
        await cursor.execute(statement.text, _bound(statement, parameters))
        if self._progress.pipeline is None:
            return await cursor.fetchall()
        later = Later[R]()
        self._progress.pipeline.sent.append(Sent(cursor, statement.name, None, later))
        return later

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
        cursor = self._connection.cursor()
        await cursor.execute(statement.text, _bound(statement, parameters))
        sent = Sent(cursor, statement.name, expect, None)
        if self._progress.pipeline is not None:
            self._progress.pipeline.sent.append(sent)
            return -1
        await sent.end()
        return cursor.rowcount

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
        arrays: dict[str, object] = {**_columns(statement, rows), **parameters}
        return await self.execute(statement, expect=expect, **arrays)

    @asynccontextmanager
    async def pipeline(self, *, rows: int = 0) -> AsyncIterator[None]:
        """Send the statements of this block without waiting for each answer: one round trip.

        What they find and how many rows they changed is known when the block ends. A batch of so
        many ``rows`` that COPY pays, which a pipeline does not allow, goes step by step, and each
        statement is planned for it.
        """
        if rows > INSERT_ROWS_MAX:
            await self._connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            yield
            return
        pipeline = self._progress.pipeline = Pipeline[Statement]()
        try:
            async with self._connection.pipeline():
                yield
                for statement, gathered in pipeline.last.values():
                    await self.copy(statement, gathered)
        finally:
            self._progress.pipeline = None
        for sent in pipeline.sent:
            await sent.end()

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
        cursor = self._connection.cursor()
        pipeline = self._progress.pipeline
        if len(rows) <= INSERT_ROWS_MAX or pipeline is not None:
            insert = binding.as_insert(statement.text, oids)
            await cursor.execute(insert, binding.arrays(oids, rows))
        else:
            async with cursor.copy(statement.text) as copy:
                await copy.write(copying.HEADER)
                for block in _blocks(oids, rows):
                    await copy.write(block)
                await copy.write(copying.TRAILER)
        sent = Sent(cursor, statement.name, len(rows), None)
        if pipeline is None:
            await sent.end()
        else:
            pipeline.sent.append(sent)
        return len(rows)

    async def _types(self, statement: Statement) -> tuple[int, ...]:
        oids = self._column_types.get(statement.text)
        if oids is None:
            target = statement.text.removeprefix("COPY ").partition(" FROM STDIN")[0]
            table, _, columns = target.partition("(")
            query = f"SELECT {columns.rstrip().rstrip(')')} FROM {table} LIMIT 0"  # noqa: S608 our own COPY
            cursor = await self._connection.execute(cast("LiteralString", query))
            await cursor.fetchall()  # no row, but inside a pipeline the description comes with it
            assert cursor.description is not None
            oids = tuple(column.type_code for column in cursor.description)
            self._column_types[statement.text] = oids
        return oids


@dataclass(frozen=True, slots=True)
class Database:
    """The pools of one process: one that writes, one whose transactions are READ ONLY."""

    _writing: AsyncConnectionPool[AsyncConnection[TupleRow]]
    _reading: AsyncConnectionPool[AsyncConnection[TupleRow]]
    _column_types: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Open a READ COMMITTED transaction; commit at the end of the block."""
        async with self._open(self._writing, writes=True) as tx:
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadTx]:
        """Open a READ ONLY transaction; PostgreSQL refuses any write in it."""
        async with self._open(self._reading, writes=False) as tx:
            yield tx

    @asynccontextmanager
    async def _open(
        self, pool: AsyncConnectionPool[AsyncConnection[TupleRow]], *, writes: bool
    ) -> AsyncIterator[Tx]:
        assert _OPEN.get() == 0, "a transaction is already open in this task"
        token = _OPEN.set(1)
        progress = _Progress()
        leaving = False
        try:
            # The driver sends BEGIN before the first statement, and the pool ends what it began.
            async with pool.connection() as connection:
                yield Tx(connection, self._column_types, progress)
                leaving = writes
        except psycopg.Error as error:
            raise _translated(error, progress.refusals, committing=leaving) from error
        finally:
            _OPEN.reset(token)


def _columns(statement: Statement, rows: Sequence[tuple[Any, ...]]) -> dict[str, binding.Array]:
    """Encode each field of ``rows`` as an array of the type the statement casts it to."""
    first = rows.shapes[0].row if isinstance(rows, copying.Shaped) else rows[0]
    names = cast("_Fields", first)._fields
    return dict(
        zip(names, binding.arrays([statement.arrays[name] for name in names], rows), strict=True)
    )


def _bound(statement: Statement, parameters: Mapping[str, object]) -> Mapping[str, object]:
    """Encode the lists among the parameters as binary arrays; the rest goes as it is."""
    return {
        name: binding.Array(statement.arrays[name], copying.array(statement.arrays[name], value))
        if isinstance(value, list) and name in statement.arrays
        else value
        for name, value in parameters.items()
    }


def _blocks(oids: tuple[int, ...], rows: Sequence[tuple[Any, ...]]) -> Iterator[bytes]:
    """Encode rows for COPY in blocks; shaped rows are never made."""
    if isinstance(rows, copying.Shaped):
        yield from rows.encode(oids)
        return
    for start in range(0, len(rows), COPY_CHUNK_ROWS):
        yield copying.encode(oids, rows[start : start + COPY_CHUNK_ROWS])


def _translated(error: psycopg.Error, refusals: Refusals, *, committing: bool) -> Exception:
    """Turn a database error into one of the three kinds of failure, or leave it a defect."""
    constraint = error.diag.constraint_name
    if (
        isinstance(error, errors.IntegrityError)
        and constraint is not None
        and constraint in refusals
    ):
        return refusals[constraint](constraint=constraint)
    if isinstance(
        error, (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)
    ):
        return Unavailable(f"the database asks to try again ({error.sqlstate})")
    if isinstance(error, PoolTimeout):
        return Unavailable("no database connection became free in time")
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        if committing:
            return CommitUnknown("the connection broke during COMMIT")
        return Unavailable(f"the database is not reachable: {error}".strip())
    return error


@asynccontextmanager
async def connected(conninfo: str, *, size: int, name: str) -> AsyncIterator[Database]:
    """Open the pools of a process; ``size`` connections each, named ``name`` in the server.

    Raises ``Unavailable`` with the driver's own words when the server does not answer.
    """
    common: dict[str, Any] = {
        "application_name": name,
        "connect_timeout": 5,
        "prepare_threshold": 0,
    }
    # A generic plan made while a table is small reads all of it for as long as it is cached, and
    # every statement of a flow has an index to go by: see decision 0008. Planned once, not at each
    # execution: the plan of a look-up by key is the same for all values.
    writing_options = common | {
        "options": "-c enable_seqscan=off -c plan_cache_mode=force_generic_plan"
    }
    read_only = common | {"options": "-c default_transaction_read_only=on"}
    try:
        probe = await AsyncConnection.connect(conninfo, autocommit=True, connect_timeout=5)
        await probe.close()
    except psycopg.OperationalError as error:
        raise Unavailable(f"the database is not reachable: {error}".strip()) from error
    async with (
        AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=size,
            kwargs=writing_options,
            timeout=POOL_WAIT_SECONDS,
            open=False,
        ) as writing,
        AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=size,
            kwargs=read_only,
            timeout=POOL_WAIT_SECONDS,
            open=False,
        ) as reading,
    ):
        yield Database(writing, reading)

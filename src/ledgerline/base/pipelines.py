"""Statements on the wire: all that are ready go in one message, and one wait takes all answers.

The driver sends each statement of a pipeline by itself and makes a cursor for it; a purchase says
some thirty, and three quarters of what they cost was that. What follows speaks to the driver's
``pq`` layer directly: decision 0009 has the figures.
Source: PostgreSQL documentation, libpq, "Pipeline Mode".
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, NamedTuple, TypeVar

from psycopg import AsyncConnection, InterfaceError, OperationalError, errors
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow
from psycopg.waiting import Ready, Wait
from typing_extensions import override

R = TypeVar("R")
S = TypeVar("S")

STALE: Final = (
    errors.FeatureNotSupported, errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement,
)  # fmt: skip
"""What is raised when the server no longer has, or no longer honours, what was prepared."""
_REFUSED: Final = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED})
_Waits = Generator[Wait, Ready | int, None]


class Later(list[R]):
    """Rows that arrive when the pipeline ends; to look at them before is a defect."""

    arrived = False

    @override
    def __iter__(self) -> Iterator[R]:
        assert self.arrived, "rows of a pipeline are known when it ends"
        return super().__iter__()

    @override
    def __len__(self) -> int:
        assert self.arrived, "rows of a pipeline are known when it ends"
        return super().__len__()


@dataclass(slots=True)
class Asked:
    """One statement with its parameters in wire form, and what became of it.

    ``rows`` takes what it returns, each made by ``make``; ``count`` is how many rows it changed
    or returned, -1 until it is answered and for a command that counts none.
    """

    name: str
    text: bytes
    values: Sequence[bytes | None] = ()
    formats: Sequence[Format] = ()
    expect: int | None = None
    make: Callable[[Sequence[Any]], Any] = tuple
    rows: list[Any] = field(default_factory=list)
    count: int = -1

    def end(self) -> None:
        """Let its rows be looked at, and assert that it changed as many as it must."""
        if isinstance(self.rows, Later):
            self.rows.arrived = True
        assert self.expect is None or self.count == self.expect, (
            self.name,
            self.count,
            self.expect,
        )


class _Named(NamedTuple):
    """A statement that is being prepared, and the name it will have."""

    text: bytes
    name: bytes


@dataclass(slots=True)
class Pipeline(Generic[S]):
    """What is to be sent, and rows of which those of one statement go together at the end."""

    asked: list[Asked] = field(default_factory=list)
    last: dict[str, tuple[S, list[tuple[Any, ...]]]] = field(default_factory=dict)


class Connection(AsyncConnection[TupleRow]):
    """A connection that prepares each statement once and sends many at a time."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Take what the driver's own connection takes."""
        super().__init__(*arguments, **named)
        self._names: Final[dict[bytes, bytes]] = {}  # of statements the server has prepared
        self._loading: Final = Transformer(self)

    async def exchange(self, asked: Sequence[Asked]) -> None:
        """Send statements in order, BEGIN before them where none is open, and take the answers.

        Those behind one that is refused are not executed. Raises ``psycopg.Error``.
        """
        async with self.lock:
            try:
                await self.wait(self._exchange(asked))
            finally:
                if not self.closed and self.pgconn.pipeline_status:
                    self.pgconn.finish()  # given up halfway: who knows what is still to come

    def _exchange(self, asked: Sequence[Asked]) -> _Waits:
        begins = not self.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE
        self.pgconn.enter_pipeline_mode()
        questions = self._send(asked, begins=begins)
        yield from self._flush()
        refused = yield from self._read(questions)
        self.pgconn.exit_pipeline_mode()
        if refused is None:
            return
        failed = errors.error_from_result(refused)
        if isinstance(failed, STALE):
            self.pgconn.finish()  # the pool makes another, which prepares anew
        raise failed

    def _read(
        self, questions: Sequence["Asked | _Named | None"]
    ) -> Generator[Wait, Ready | int, PGresult | None]:
        """Take all answers; return the first refusal, behind which nothing was executed."""
        refused: PGresult | None = None
        for question in questions:
            result = yield from self._answer()
            if result.status in _REFUSED:
                refused = refused or result
                continue
            _expect(result, ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
            if isinstance(question, Asked):
                self._take(question, result)
            elif question is not None:
                self._names[question.text] = question.name
        _expect((yield from self._answer()), ExecStatus.PIPELINE_SYNC)
        return refused

    def _send(self, asked: Sequence[Asked], *, begins: bool) -> list["Asked | _Named | None"]:
        """Fill the buffer; return what each answer but the last will be about, None for BEGIN."""
        wire = self.pgconn
        questions: list[Asked | _Named | None] = []
        fresh: dict[bytes, bytes] = {}
        if begins:
            wire.send_query_params(b"BEGIN", None)
            questions.append(None)
        for one in asked:
            name = self._names.get(one.text) or fresh.get(one.text)
            if name is None:
                name = fresh[one.text] = b"s%d" % (len(self._names) + len(fresh))
                wire.send_prepare(name, one.text)
                questions.append(_Named(one.text, name))
            wire.send_query_prepared(name, one.values, one.formats, result_format=Format.BINARY)
            questions.append(one)
        wire.pipeline_sync()
        return questions

    def _flush(self) -> _Waits:
        while self.pgconn.flush():
            ready = yield Wait.RW
            if ready and ready & Ready.R:  # the server may answer before it has read everything
                self.pgconn.consume_input()

    def _answer(self) -> Generator[Wait, Ready | int, PGresult]:
        """Wait for the next answer; a NULL ends each but that to the sync at the end."""
        wire = self.pgconn
        for _ in range(2):
            while wire.is_busy():
                if (yield Wait.R):
                    wire.consume_input()
            result = wire.get_result()
            if result is not None:
                return result
        raise OperationalError("the connection was lost before an answer came")

    def _take(self, one: Asked, result: PGresult) -> None:
        counted = result.command_tuples
        one.count = -1 if counted is None else counted
        if result.status == ExecStatus.TUPLES_OK:
            self._loading.set_pgresult(result, format=Format.BINARY)
            one.rows.extend(self._loading.load_rows(0, result.ntuples, one.make))


def _expect(result: PGresult, *statuses: ExecStatus) -> None:
    """Refuse to go on when question and answer are out of step."""
    if result.status not in statuses:
        raise InterfaceError(f"unexpected answer: {ExecStatus(result.status).name}")

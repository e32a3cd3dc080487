"""Checking e-invoices in processes of their own.

The rule engine does not survive a fork, keeps what it once took, and may be brought down by a file
that means harm. So its processes are started afresh (spawn), at the first file, and replaced: after
so many files, when they have grown, when a file takes too long, and when one dies over a file. That
file is tried once more.
"""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final, NamedTuple, Self

import msgspec

from ledgerline.base.errors import Unavailable
from ledgerline.base.log import logger
from ledgerline.documents.einvoice.reading import BYTES_MAX, Unread, unreadable
from ledgerline.documents.einvoice.refusals import EinvoiceNotInstalled
from ledgerline.documents.einvoice.validate import Validator
from ledgerline.documents.einvoice.verdict import Verdict
from ledgerline.jobs.checking import DECODER, Checks, Reply, serve

_log: Final = logger(__name__)
_SPAWN: Final = get_context("spawn")
_TRIES: Final = 2
_STOP_SECONDS: Final = 2.0


class Limits(NamedTuple):
    """What one process may do before another takes its place."""

    documents: int
    resident_bytes: int
    deadline_seconds: float
    start_seconds: float


LIMITS: Final = Limits(
    documents=1_000, resident_bytes=400 * 1024**2, deadline_seconds=5.0, start_seconds=60.0
)


class _Died(Exception):
    """The process went down over a file, or cannot be trusted with another."""


class _Worker:
    """A place for one process at a time."""

    def __init__(self, limits: Limits, make: Callable[[], Checks]) -> None:
        self._limits: Final = limits
        self._make: Final = make
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._documents = 0
        self.started = 0

    def ask(self, raw: bytes) -> Verdict:
        """Have one file checked; raises ``_Died`` when its process is no more."""
        pipe = self._pipe or self._start()
        try:
            pipe.send_bytes(raw)
        except OSError as error:
            self.stop()
            raise _Died("it was gone before the file came") from error
        reply = self._answer(pipe, self._limits.deadline_seconds)
        if reply is None:
            self.stop()
            raise unreadable(Unread.DEADLINE)
        self._documents += 1
        grown = reply.resident_bytes > self._limits.resident_bytes
        if reply.defect is not None or grown or self._documents >= self._limits.documents:
            self.stop()
        if reply.unread is not None:
            raise unreadable(reply.unread)
        if reply.verdict is None:
            raise _Died(reply.defect or "it said nothing of the file")
        return reply.verdict

    def stop(self) -> None:
        """End the process, whatever it does."""
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        self._documents = 0
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.join(_STOP_SECONDS)

    def _start(self) -> Connection:
        pipe, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=serve, args=(theirs, self._make), daemon=True)
        process.start()
        theirs.close()
        self._process, self._pipe = process, pipe
        self.started += 1
        try:
            reply = self._answer(pipe, self._limits.start_seconds)
        except _Died:
            reply = Reply(defect="it ends at once")
        if reply is not None and reply.ready:
            return pipe
        self.stop()
        if reply is not None and reply.missing is not None:
            raise EinvoiceNotInstalled(reply.missing)
        defect = "it takes too long" if reply is None else reply.defect
        raise Unavailable(f"the validator of e-invoices does not start: {defect}")

    def _answer(self, pipe: Connection, seconds: float) -> Reply | None:
        """Wait for an answer; None when none came in time, ``_Died`` when none will come."""
        try:
            if not pipe.poll(seconds):
                return None
            return DECODER.decode(pipe.recv_bytes())
        except (OSError, EOFError, msgspec.DecodeError) as error:
            self.stop()
            raise _Died("it ended, or answered what is no answer") from error


class Validation:
    """Checks files in ``workers`` processes; safe to be called by as many threads.

    Nothing is started before the first file. ``make`` is what a process makes for itself.
    """

    def __init__(
        self, *, workers: int = 1, limits: Limits = LIMITS, make: Callable[[], Checks] = Validator
    ) -> None:
        """Prepare places for processes."""
        self._workers: Final = [_Worker(limits, make) for _ in range(workers)]
        self._idle: Final[queue.LifoQueue[_Worker]] = queue.LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process."""
        self.close()

    @property
    def started(self) -> int:
        """How many processes were started so far."""
        return sum(worker.started for worker in self._workers)

    def validate(self, raw: bytes) -> Verdict:
        """Check one file, XML or a PDF that carries it.

        Raises ``EinvoiceUnreadable`` for what cannot be checked, ``EinvoiceNotInstalled`` without
        the extra, and ``Unavailable`` when no process starts.
        """
        if len(raw) > BYTES_MAX:
            raise unreadable(Unread.TOO_LARGE)
        with self._worker() as worker:
            for _ in range(_TRIES):
                try:
                    return worker.ask(raw)
                except _Died as death:
                    _log.warning("a validator died over an e-invoice", why=str(death))
        raise unreadable(Unread.CRASHED)

    def close(self) -> None:
        """End every process; a later file starts one again."""
        for worker in self._workers:
            worker.stop()

    @contextmanager
    def _worker(self) -> Iterator[_Worker]:
        worker = self._idle.get()
        try:
            yield worker
        finally:
            self._idle.put(worker)

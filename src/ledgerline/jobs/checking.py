"""The life of a process that checks e-invoices: what it is sent, and what it answers.

A module of its own, and a light one: it is what such a process imports at its start. Answers are
JSON: a process that a file has taken over can lie about the file, and do nothing else to us.
"""

import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from ledgerline.documents.einvoice.reading import Unread
from ledgerline.documents.einvoice.refusals import EinvoiceNotInstalled, EinvoiceUnreadable
from ledgerline.documents.einvoice.verdict import Verdict

_ALLOCATED_MAX: Final = 2 * 1024**3  # a file that unpacks without end dies of it


class Checks(Protocol):
    """What a process holds files against."""

    def warm(self) -> None:
        """Read what nearly every file needs."""
        ...

    def validate(self, raw: bytes) -> Verdict:
        """Check one file; raises ``EinvoiceUnreadable``."""
        ...


class Reply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer, of which one field says something: ``ready`` and ``missing`` at the start.

    ``verdict`` and ``unread`` are of one file; ``defect`` is of the process, at any time.
    """

    resident_bytes: int = 0
    ready: bool = False
    missing: str | None = None
    verdict: Verdict | None = None
    unread: Unread | None = None
    defect: str | None = None


DECODER: Final = msgspec.json.Decoder(Reply)


def serve(pipe: Connection, make: Callable[[], Checks]) -> None:
    """Check what comes through the pipe until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us decides when we end
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (_ALLOCATED_MAX, _ALLOCATED_MAX))
    with suppress(EOFError, OSError):
        checks = _made(pipe, make)
        while checks is not None:
            _send(pipe, _checked(checks, pipe.recv_bytes()))


def _made(pipe: Connection, make: Callable[[], Checks]) -> Checks | None:
    try:
        checks = make()
        checks.warm()
    except EinvoiceNotInstalled as refusal:
        _send(pipe, Reply(missing=refusal.detail))
        return None
    except Exception as error:  # noqa: BLE001 - told to who started us, who says it to people
        _send(pipe, Reply(defect=_defect(error)))
        return None
    _send(pipe, Reply(ready=True))
    return checks


def _checked(checks: Checks, raw: bytes) -> Reply:
    try:
        verdict = checks.validate(raw)
    except EinvoiceUnreadable as refusal:
        return Reply(unread=Unread(str(refusal.facts["reason"])), resident_bytes=_resident_bytes())
    except Exception as error:  # noqa: BLE001 - any defect is told, and ends this process
        return Reply(defect=_defect(error))
    return Reply(verdict=verdict, resident_bytes=_resident_bytes())


def _defect(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _send(pipe: Connection, reply: Reply) -> None:
    pipe.send_bytes(msgspec.json.encode(reply))


def _resident_bytes() -> int:
    """Say how much memory this process holds now; elsewhere than on Linux, the most it ever had."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text("ascii").split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024

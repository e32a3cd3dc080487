"""What ``composition`` hands to the commands: settings and factories."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import typer
import uvloop

from ledgerline.access.contract import Provider
from ledgerline.base.conninfo import fault_of
from ledgerline.base.run import Run
from ledgerline.cli.place import Place
from ledgerline.cli.settings import CommandFailed, Settings
from ledgerline.documents.einvoice.verdict import Verdict
from ledgerline.payments.contract import Merchant, Psp
from ledgerline.payments.model import Psps
from ledgerline.payments.scores import Model

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Running:
    """An open process: its run, whose key is read when something is first sealed or unsealed."""

    run: Run


@dataclass(frozen=True, slots=True)
class Paying(Running):
    """A process that may move money: its gateway reaches every merchant account."""

    psps: Psps
    learn: Callable[[Run], Awaitable[None]]
    """Lets the models of this process take in what is new; one that lives on does so by itself."""
    provider: Provider | None = None
    """What says who people are, elsewhere; None where none is configured."""


class Connect(Protocol):
    """Opens the pools of one process."""

    def __call__(
        self, database_url: str, *, size: int, name: str
    ) -> AbstractAsyncContextManager[Running]:
        """Connect ``name`` to a database with ``size`` connections; raises ``Unavailable``."""
        ...


class ConnectPaying(Protocol):
    """Opens pools and gateway for one process."""

    def __call__(
        self, database_url: str, *, size: int, name: str, in_steps: bool = False
    ) -> AbstractAsyncContextManager[Paying]:
        """Do as ``Connect``; raises ``CommandFailed`` without the key of the accounts as well.

        What goes ``in_steps`` learns only when it is told to, and real time makes no difference to
        what its models say.
        """
        ...


class Reach(Protocol):
    """Opens a way to one merchant account alone, whether it is registered or not."""

    def __call__(self, merchant: Merchant) -> AbstractAsyncContextManager[Psps]:
        """Reach ``merchant``; raises ``CommandFailed`` when no connector speaks to it."""
        ...


class Serve(Protocol):
    """Serves the API."""

    async def __call__(
        self, paying: Paying, *, listening: socket.socket, stop: asyncio.Event
    ) -> None:
        """Serve on a socket until ``stop`` is set, then finish the requests at hand."""
        ...


class Work(Protocol):
    """Works off what falls due."""

    async def __call__(self, paying: Paying, *, jobs: Sequence[str], stop: asyncio.Event) -> None:
        """Run ``jobs`` (all of them when empty) until ``stop`` is set, then finish the batch."""
        ...


class Validating(Protocol):
    """Checks e-invoices."""

    def validate(self, raw: bytes) -> Verdict:
        """Check one file; raises ``EinvoiceUnreadable`` and ``EinvoiceNotInstalled``."""
        ...


@dataclass(frozen=True, slots=True)
class Program:
    """The composition root as commands see it."""

    settings: Settings
    connect: Connect
    connect_paying: ConnectPaying
    serve: Serve
    work: Work
    reach: Reach
    connector: Callable[[str], Psp]
    """The connector of that name; raises ``CommandFailed`` when there is none."""
    read_model: Callable[[Run], Awaitable[Model]]
    """Reads what the model of routing knows, as a process does that serves; nothing is written."""
    validation: Callable[[], AbstractContextManager[Validating]]
    """Opens what checks e-invoices; its process starts at the first file and ends with it."""

    @property
    def place(self) -> Place:
        """The data directory."""
        return Place(self.settings.data_dir)

    def named_database(self) -> str | None:
        """Return the database that was named; raises ``CommandFailed`` where nobody could use it.

        Nothing of what is wrong is shown: any part may be the password.
        """
        url = self.settings.database_url
        fault = None if url is None else fault_of(url)
        if fault is not None:
            raise CommandFailed(
                f"the database URL is not usable: {fault}",
                hint="LEDGERLINE_DATABASE_URL = postgresql://USER:PASSWORD@HOST:PORT/NAME",
            )
        return url

    def database_url(self) -> str:
        """Return the database that was named, else that of the demo which runs here."""
        named = self.named_database()
        if named is not None:
            return named
        demo = self.place.running()
        if demo is None:
            raise CommandFailed(
                "no database is named and no demo runs here",
                hint="set LEDGERLINE_DATABASE_URL, or start `ledgerline demo`",
            )
        return demo.database_url

    def open(self, *, size: int = 2) -> AbstractAsyncContextManager[Running]:
        """Connect one command to its database."""
        return self.connect(self.database_url(), size=size, name="ledgerline command")

    def open_paying(self, *, size: int = 2) -> AbstractAsyncContextManager[Paying]:
        """Connect one command to its database and to the providers."""
        return self.connect_paying(self.database_url(), size=size, name="ledgerline command")


def of(context: typer.Context) -> Program:
    """Return what was composed for this command."""
    assert isinstance(context.obj, Program), context.obj
    return context.obj


def wait(work: Coroutine[Any, Any, _T]) -> _T:
    """Run one coroutine to its end in an event loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def stopping() -> asyncio.Event:
    """Return an event that SIGTERM and Ctrl-C set, so that work is finished and not cut."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop

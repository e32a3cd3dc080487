"""What ``main`` hands to the commands: settings and factories, so that they import nothing above."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ledgerline.base.run import Run
from ledgerline.payments.model import Psps


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment says, read once in ``main``. Secrets never show."""

    database_url: str | None
    kek: bytes = field(repr=False)
    host: str
    port: int
    data_dir: Path
    log_json: bool
    log_level: str


@dataclass(frozen=True, slots=True)
class Running:
    """An open process: its run and its gateway to the providers."""

    run: Run
    psps: Psps


class Connect(Protocol):
    """Opens pools and gateway for one process."""

    def __call__(
        self, database_url: str, *, size: int, name: str
    ) -> AbstractAsyncContextManager[Running]:
        """Connect ``name`` to a database with ``size`` connections; raises ``Unavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class Program:
    """The composition root as commands see it.

    ``serve`` and ``work`` run until they are told to stop (SIGTERM drains).
    """

    settings: Settings
    connect: Connect
    serve: Callable[[str], None]
    work: Callable[[str, tuple[str, ...]], None]

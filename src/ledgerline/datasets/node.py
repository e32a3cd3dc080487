"""A table that is built: its contract, the expression that builds it, and what must hold of it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, NamedTuple, Protocol

import pyarrow as pa
from ibis import Table

from ledgerline.datasets.contract import Contract

Sources = Mapping[str, Table]


class Params(NamedTuple):
    """What a build is of. Models know no clock: ``today`` is the business day of the release.

    ``months`` are the partitions that are built, in order; ``recognised_through`` is the last month
    whose revenue the ledger has recognised, None before the first.
    """

    months: tuple[date, ...]
    today: date
    recognised_through: date | None


class Build(Protocol):
    """A pure expression of what is read: no I/O, no clock, no engine."""

    def __call__(self, sources: Sources, params: Params) -> Table:
        """Return rows of the contract's columns; those of other months are not kept."""
        ...


class Parts(NamedTuple):
    """How a fold falls into parts: each part of ``log``, named by column ``by``, is folded alone.

    Parts of which nothing is new keep the rows that they had, except those that ``unsettled``
    returns of the log, the rows before, and the first month that those were not built for: of them
    something begins then that was said long ago.
    """

    log: str
    by: str
    unsettled: Callable[[Table, Table, date], Table]


class Fold(NamedTuple):
    """Rows that are computed in Python, of sources at whose grain no engine can: pure as well.

    What ``rows`` is given are all rows of what its contract reads; it returns the contract's
    columns, of the months that are built. Without ``parts`` it is folded whole each time.
    """

    rows: Callable[[Mapping[str, pa.Table], Params], pa.Table]
    parts: Parts | None = None


class Check(NamedTuple):
    """A sentence that must hold, and the rows that break it.

    A check that ``blocks`` stops the release; any other is told with it.
    """

    name: str
    sentence: str
    broken: Callable[[Sources, Params], Table]
    blocks: bool = True


class Node(NamedTuple):
    """A fact or data set."""

    namespace: str
    contract: Contract
    build: Build | Fold
    checks: tuple[Check, ...] = ()

    @property
    def name(self) -> str:
        """The name of its contract; no two nodes share one."""
        return self.contract.name


FACTS: Final = "facts"
DATA_SETS: Final = "data_sets"

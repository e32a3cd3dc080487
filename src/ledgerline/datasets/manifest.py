"""What one closed interval holds: the files of every source, counted and added up twice."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from msgspec import Struct


class RawFile(Struct, frozen=True, kw_only=True):
    """One Parquet file below the lake's folder; it is never written again."""

    path: str
    sha256: str
    rows: int


class Extract(Struct, frozen=True, kw_only=True):
    """What an interval read of one source; sums are of its money columns, in minor units."""

    files: Sequence[RawFile]
    rows: int
    sums: Mapping[str, int]
    months: Sequence[date]


class Fence(Struct, frozen=True, kw_only=True):
    """Where a read stood: transactions below ``until`` are finished, whatever they did.

    ``epoch`` names the cluster and how often it was restored: transaction ids of another mean
    nothing. ``unborn`` is the first id that no transaction had been given.
    """

    epoch: str
    until: int
    unborn: int
    read_at: datetime


class Interval(Struct, frozen=True, kw_only=True):
    """A closed interval of transaction ids, ``[since, until)``, and what was read of it.

    Without ``since`` it begins an epoch.
    """

    no: int
    epoch: str
    since: int | None
    until: int
    read_at: datetime
    extracts: Mapping[str, Extract]

    @property
    def rows(self) -> int:
        """How many rows were read of all sources."""
        return sum(one.rows for one in self.extracts.values())


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(dict[str, Extract])


def write_extracts(extracts: Mapping[str, Extract]) -> str:
    """Write what an interval holds as JSON."""
    return _ENCODER.encode(extracts).decode()


def read_extracts(text: str) -> Mapping[str, Extract]:
    """Read what ``write_extracts`` wrote."""
    return _DECODER.decode(text)

"""What a table of the lake promises: read from its ``contract.toml`` and checked.

Types are told by names, and no others exist: ``_minor``, ``_ppm``, ``_num``, ``_den``, ``_e4``,
``_count`` and ``_days`` are 64-bit integers; ``_on``, ``_start``, ``_end`` and ``_month`` are
dates; ``is_…`` is boolean; everything else is text.
"""

import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib.resources import files
from typing import Final

import msgspec
import pyarrow as pa
from msgspec import Struct

_INTEGERS: Final = ("_minor", "_ppm", "_num", "_den", "_e4", "_count", "_days")
_DATES: Final = ("_on", "_start", "_end", "_month")


class ClosedRule(StrEnum):
    """What a fact does that comes after its month was closed."""

    LOCKED = "locked"  # it is booked in the first open month
    LOCKED_WITH_CORRECTION = "locked_with_correction"
    RESTATABLE = "restatable"  # its month is built anew, with a reason


class Spread(StrEnum):
    """Which months a change of one month changes."""

    MONTH = "month"  # that one
    ONWARD = "onward"  # that one and all after it, since each begins where the last ended
    WHOLE = "whole"  # all of them, since what is new ends what began at any time before


class Contract(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a table is for, what a row of it is, and what each column means.

    Columns that ``ripens`` names are filled later, also in months that are closed.
    """

    name: str
    version: int
    purpose: str
    grain: str
    owner: str
    key: Sequence[str]
    partition: str
    reads: Sequence[str]
    closed_rule: ClosedRule
    spread: Spread
    freshness: str
    retention: str
    columns: Mapping[str, str]
    nullable: Sequence[str] = ()
    ripens: Sequence[str] = ()
    sources: Sequence[str] = ()
    example: str = ""

    def schema(self) -> pa.Schema:
        """Return the columns in order, with their types and which of them may be empty."""
        return pa.schema(
            [pa.field(name, type_of(name), nullable=name in self.nullable) for name in self.columns]
        )

    def check(self) -> None:
        """Raise a ``ValueError`` that names what the contract says of columns it does not have."""
        named = {self.partition, *self.key, *self.nullable, *self.ripens}
        if strangers := sorted(named - set(self.columns)):
            raise ValueError(f"{self.name}: no such columns: {', '.join(strangers)}")
        if not self.partition.endswith("_month"):
            raise ValueError(f"{self.name}: a partition is a month, not {self.partition}")
        if early := sorted(set(self.ripens) - set(self.nullable)):
            raise ValueError(f"{self.name}: what ripens is empty before: {', '.join(early)}")
        if empty := sorted({self.partition, *self.key} & set(self.nullable)):
            raise ValueError(f"{self.name}: a key is never empty: {', '.join(empty)}")


def type_of(name: str) -> pa.DataType:
    """Return the type that a name tells."""
    if name.startswith("is_"):
        return pa.bool_()
    if name.endswith(_INTEGERS):
        return pa.int64()
    if name.endswith(_DATES):
        return pa.date32()
    return pa.string()


def load(package: str) -> Contract:
    """Read and check the contract in ``package``."""
    text = files(package).joinpath("contract.toml").read_text("utf-8")
    contract = msgspec.convert(tomllib.loads(text), Contract)
    contract.check()
    return contract

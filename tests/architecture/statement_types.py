"""The types on both sides of a statement: what PostgreSQL describes and what Python annotates."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    NamedTuple,
    NewType,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

import psycopg
from psycopg.pq import ExecStatus

_PYTHON: Final[Mapping[type, frozenset[str]]] = {
    bool: frozenset({"bool"}),
    bytes: frozenset({"bytea"}),
    date: frozenset({"date"}),
    datetime: frozenset({"timestamptz"}),
    int: frozenset({"int2", "int4", "int8"}),
    str: frozenset({"text"}),
    UUID: frozenset({"uuid"}),
}
_ATTRIBUTES: Final = """
SELECT a.attrelid, a.attnum, c.relname, a.attname, a.attnotnull, a.atthasdef
  FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
"""


class NotPrepared(Exception):
    """PostgreSQL refuses the statement; the message is its own."""


class Wire(NamedTuple):
    """A type as PostgreSQL names it."""

    name: str
    array: bool


class Column(NamedTuple):
    """A result column; ``nullable`` is None where it is computed and the schema cannot say."""

    name: str
    type: Wire
    nullable: bool | None


class Description(NamedTuple):
    """What a statement takes and gives."""

    parameters: tuple[Wire, ...]
    columns: tuple[Column, ...]


class Value(NamedTuple):
    """A type as Python annotates it, without its ``NewType`` and ``Sequence`` wrapping."""

    type: type
    array: bool
    optional: bool

    def fits(self, wire: Wire, *, writing: bool) -> bool:
        """Say whether the driver turns one into the other; JSON is written as text only."""
        known = next((names for kind, names in _PYTHON.items() if self.type is kind), frozenset())
        if writing and issubclass(self.type, str):
            known = frozenset({"text", "jsonb"})
        return self.array == wire.array and wire.name in known


class Attribute(NamedTuple):
    """A column of a table."""

    table: str
    name: str
    required: bool
    has_default: bool


class Describer:
    """Asks one migrated database about statements without running them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        """Read the columns of every table; ``connection`` is in autocommit mode."""
        self._connection = connection
        self.attributes = {
            (table, number): Attribute(*rest)
            for table, number, *rest in connection.execute(_ATTRIBUTES)
        }

    def describe(self, text: str) -> Description:
        """Prepare ``text`` (parameters as ``$1``) and describe it. Raises ``NotPrepared``."""
        wire = self._connection.pgconn
        prepared = wire.prepare(b"", text.encode())
        if prepared.status != ExecStatus.COMMAND_OK:
            raise NotPrepared(prepared.error_message.decode().strip())
        found = wire.describe_prepared(b"")
        return Description(
            tuple(self._wire(found.param_type(n)) for n in range(found.nparams)),
            tuple(
                Column(
                    cast("bytes", found.fname(n)).decode(),
                    self._wire(found.ftype(n)),
                    self._nullable(found.ftable(n), found.ftablecol(n)),
                )
                for n in range(found.nfields)
            ),
        )

    def _wire(self, oid: int) -> Wire:
        known = self._connection.adapters.types.get(oid)
        assert known is not None, f"type {oid} is not one of ours"
        return Wire(known.name, array=oid == known.array_oid)

    def _nullable(self, table: int, column: int) -> bool | None:
        attribute = self.attributes.get((table, column))
        return None if attribute is None else not attribute.required


def value_of(hint: object) -> Value:
    """Reduce an annotation to what the driver sees."""
    if get_origin(hint) in {Union, UnionType}:
        inner = [each for each in get_args(hint) if each is not NoneType]
        assert len(inner) == 1, f"{hint} is more than one type"
        return value_of(inner[0])._replace(optional=True)
    if get_origin(hint) in {list, tuple, Sequence}:
        return value_of(get_args(hint)[0])._replace(array=True)
    if isinstance(hint, NewType):
        return value_of(hint.__supertype__)
    assert isinstance(hint, type), f"{hint} is not a type a column can have"
    return Value(hint, array=False, optional=False)


def fields_of(row: object) -> dict[str, Value]:
    """Reduce the fields of a row type, in their order."""
    assert isinstance(row, type), f"{row} is not a row type"
    assert hasattr(row, "_fields"), f"{row.__name__} is not a NamedTuple"
    hints: dict[str, Any] = get_type_hints(row)
    return {name: value_of(hints[name]) for name in row._fields}

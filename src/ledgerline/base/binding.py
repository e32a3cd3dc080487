"""Parameters and small writes in the wire form of their types, as libpq is handed them.

A scalar goes as text whose type PostgreSQL infers from the statement (checked for every statement
by the tests), bytes and arrays go in binary.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import DataError
from psycopg.pq import Format

from ledgerline.base import copying

_ARRAY_TYPES: Final = {
    16: "boolean[]", 17: "bytea[]", 20: "bigint[]", 21: "smallint[]", 23: "integer[]", 25: "text[]",
    1082: "date[]", 1184: "timestamptz[]", 2950: "uuid[]", 3802: "text[]::jsonb[]",
}  # fmt: skip
_TEXT: Final = 25
_JSONB: Final = 3802


def _string(value: str) -> bytes:
    if "\0" in value:  # libpq would end the value there
        raise DataError("text cannot hold the character NUL")
    return value.encode()


def _boolean(value: bool) -> bytes:  # noqa: FBT001 - a parameter value
    return b"t" if value else b"f"


def _instant(value: datetime) -> bytes:
    assert value.tzinfo is not None, value
    return value.isoformat().encode()


def _plain(value: object) -> bytes:
    return str(value).encode()


_SCALARS: Final[Mapping[type, Callable[[Any], bytes]]] = {
    bool: _boolean, int: _plain, str: _string, bytes: bytes, UUID: _plain, datetime: _instant,
    date: _plain,
}  # fmt: skip


@cache
def _encoder(kind: type) -> Callable[[Any], bytes]:
    """Find how a type is written; a state is a string, an id of ours an integer or a UUID."""
    for base in kind.__mro__:
        if base in _SCALARS:
            return _SCALARS[base]
    raise TypeError(f"no parameter can be a {kind.__name__}: add how it is written")


def bind(
    names: Sequence[str], arrays: Mapping[str, int], given: Mapping[str, Any]
) -> tuple[list[bytes | None], list[Format]]:
    """Encode parameters in the order of ``names``; ``arrays`` has the element oids of arrays.

    What is ``bytes`` already under the name of an array is taken as it is. Raises KeyError for a
    parameter that is missing and ``DataError`` for text with a NUL in it.
    """
    values: list[bytes | None] = []
    formats = []
    for name in names:
        value = given[name]
        if value is None:
            values.append(None)
            formats.append(Format.TEXT)
        elif name in arrays:
            encoded = value if isinstance(value, bytes) else copying.array(arrays[name], value)
            values.append(encoded)
            formats.append(Format.BINARY)
        else:
            kind: type = type(value)
            values.append(_encoder(kind)(value))
            formats.append(Format.BINARY if kind is bytes else Format.TEXT)
    assert len(given) == len(names), (names, list(given))
    return values, formats


@cache
def as_insert(copy: LiteralString, oids: tuple[int, ...]) -> bytes:
    """Turn ``COPY t (…) FROM STDIN`` into an INSERT that takes one array a column."""
    target = copy.removeprefix("COPY ").partition(" FROM STDIN")[0]
    taken = ", ".join(f"${n}::{_ARRAY_TYPES[oid]}" for n, oid in enumerate(oids, 1))
    return f"INSERT INTO {target} SELECT * FROM unnest({taken})".encode()  # noqa: S608 our own COPY


def columns(oids: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> list[bytes]:
    """Encode each column of ``rows`` as an array; jsonb travels as text."""
    elements = [_TEXT if oid == _JSONB else oid for oid in oids]
    if isinstance(rows, copying.Shaped):
        return [rows.array(position, oid) for position, oid in enumerate(elements)]
    return [
        copying.array(oid, column)
        for oid, column in zip(elements, zip(*rows, strict=True), strict=True)
    ]

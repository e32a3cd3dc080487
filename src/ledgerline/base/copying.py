"""Binary COPY rows from plain tuples, a column at a time.

A billing run writes nine rows a renewal, so encoding is a hot path: each column is mapped through
C-level iterators and repeated values (texts, dates, instants) are encoded once and looked up after.
Source: PostgreSQL documentation, COPY, "Binary Format".
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import chain, repeat
from struct import Struct
from typing import Any, Final
from uuid import UUID

Chunks = Iterable[bytes]
Encode = Callable[[Any], bytes]

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"
NULL: Final = b"\xff\xff\xff\xff"
_EPOCH_DAY: Final = date(2000, 1, 1).toordinal()
_EPOCH: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_MICROSECOND: Final = timedelta(microseconds=1)
_INT2: Final = Struct(">ih").pack
_INT4: Final = Struct(">ii").pack
_INT8: Final = Struct(">iq").pack
_LENGTH: Final = Struct(">i").pack
_COLUMNS: Final = Struct(">h").pack
_UUID_LENGTH: Final = b"\x00\x00\x00\x10"


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _json(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH(len(encoded) + 1) + b"\x01" + encoded  # jsonb on the wire is version 1 + text


def _instant(value: datetime) -> bytes:
    return _INT8(8, (value - _EPOCH) // _MICROSECOND)


def _day(value: date) -> bytes:
    return _INT4(4, value.toordinal() - _EPOCH_DAY)


def _uuid(value: UUID) -> bytes:
    return _UUID_LENGTH + value.int.to_bytes(16)


class _Seen(dict[Any, bytes]):
    """Remembers the encoding of each distinct value; ``None`` is NULL in every column."""

    def __init__(self, encode: Encode) -> None:
        super().__init__({None: NULL})
        self._encode = encode

    def __missing__(self, value: object) -> bytes:
        encoded = self._encode(value)
        if len(self) < _SEEN_MAX:
            self[value] = encoded
        return encoded


_SEEN_MAX: Final = 4_096  # distinct values remembered a column and batch


def _remembered(encode: Encode) -> Callable[[Sequence[Any]], Chunks]:
    return lambda column: map(_Seen(encode).__getitem__, column)


def _uuids(column: Sequence[Any]) -> Chunks:
    if column[0] is column[-1] and None not in column:
        return _Uuids().encode(column)
    return [NULL if value is None else _uuid(value) for value in column]


class _Uuids:
    """A column of ids in which neighbours repeat (a run id, a price) costs one encoding a run."""

    def encode(self, column: Sequence[UUID]) -> list[bytes]:
        """Encode in order, re-using the previous chunk while the object stays the same."""
        before: UUID | None = None
        chunk = NULL
        chunks = []
        for value in column:
            if value is not before:
                before, chunk = value, _uuid(value)
            chunks.append(chunk)
        return chunks


def _bigints(column: Sequence[Any]) -> Chunks:
    return map(_Seen(lambda value: _INT8(8, value)).__getitem__, column)


ENCODERS: Final[dict[int, Callable[[Sequence[Any]], Chunks]]] = {
    16: _remembered(lambda value: b"\x00\x00\x00\x01" + (b"\x01" if value else b"\x00")),
    17: lambda column: [NULL if value is None else _bytes(value) for value in column],
    20: _bigints,
    21: _remembered(lambda value: _INT2(2, value)),
    23: _remembered(lambda value: _INT4(4, value)),
    25: _remembered(_text),
    1082: _remembered(_day),
    1184: _remembered(_instant),
    2950: _uuids,
    3802: _remembered(_json),
}
"""Encoders by type oid: bool, bytea, int8, int2, int4, text, date, timestamptz, uuid, jsonb."""


def encode(oids: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> bytes:
    """Encode ``rows`` (each as long as ``oids``) without the file header and trailer.

    Raises KeyError for a column type that has no encoder: add it here with a round-trip test.
    """
    columns = [
        ENCODERS[oid](column) for oid, column in zip(oids, zip(*rows, strict=True), strict=True)
    ]
    count = _COLUMNS(len(oids))
    return b"".join(chain.from_iterable(zip(repeat(count, len(rows)), *columns, strict=True)))

"""Rows on the wire: binary COPY and binary arrays, made without touching each value twice.

A billing run writes eight rows a renewal, so encoding is a hot path. Values that repeat are encoded
once; rows that differ only in a few ids are a template with holes (``Shaped``), filled in C.
Source: PostgreSQL documentation, COPY, "Binary Format", and ``array_recv``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain, repeat
from struct import Struct
from typing import Any, Final, Generic, TypeVar, overload
from uuid import UUID

from typing_extensions import override

R = TypeVar("R")
Encode = Callable[[Any], bytes]

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"
BLOCK_ROWS: Final = 5_000
NULL: Final = b"\xff\xff\xff\xff"
VARIES: Final[Any] = object()  # stands in a shape for a value that each row has of its own
_EPOCH_DAY: Final = date(2000, 1, 1).toordinal()
_EPOCH: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_MICROSECOND: Final = timedelta(microseconds=1)
_SHORT: Final = Struct(">h").pack
_LENGTH: Final = Struct(">i").pack
_INT2: Final = Struct(">ih").pack
_INT4: Final = Struct(">ii").pack
_INT8: Final = Struct(">iq").pack
_LENGTH_BYTES: Final = 4
_HEADER_BYTES: Final = 20  # of an array of one dimension
_ARRAY: Final = Struct(">iiIii").pack
_UUID_LENGTH: Final = _LENGTH(16)
_VARYING: Final = {21: Struct(">h"), 23: Struct(">i"), 2950: Struct("16s")}  # may vary in a shape
UUID_OID: Final = 2950
ARRAY_OIDS: Final = {
    "boolean": 16, "bytea": 17, "bigint": 20, "smallint": 21, "integer": 23, "text": 25,
    "date": 1082, "timestamptz": 1184, "uuid": 2950,
}  # fmt: skip
"""Element oids by the type names our statements cast to."""


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _json(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH(len(encoded) + 1) + b"\x01" + encoded  # jsonb on the wire is version 1 + text


def _boolean(value: bool) -> bytes:  # noqa: FBT001 - a column value
    return b"\x00\x00\x00\x01\x01" if value else b"\x00\x00\x00\x01\x00"


def _instant(value: datetime) -> bytes:
    return _INT8(8, (value - _EPOCH) // _MICROSECOND)


def _day(value: date) -> bytes:
    return _INT4(4, value.toordinal() - _EPOCH_DAY)


def _uuid(value: UUID) -> bytes:
    return _UUID_LENGTH + value.int.to_bytes(16)


def _int2(value: int) -> bytes:
    return _INT2(2, value)


def _int4(value: int) -> bytes:
    return _INT4(4, value)


def _int8(value: int) -> bytes:
    return _INT8(8, value)


ENCODERS: Final[dict[int, Encode]] = {
    16: _boolean,
    17: _bytes,
    20: _int8,
    21: _int2,
    23: _int4,
    25: _text,
    1082: _day,
    1184: _instant,
    2950: _uuid,
    3802: _json,
}
"""Encoders by type oid: bool, bytea, int8, int2, int4, text, date, timestamptz, uuid, jsonb."""


def chunks(oid: int, column: Sequence[Any]) -> Iterable[bytes]:
    """Encode one column, each value with its length before it; ``None`` is NULL.

    A column of one repeated value is encoded once. Raises KeyError for a type without an encoder:
    add it with a round-trip test.
    """
    first = column[0]
    encoder = ENCODERS[oid]
    if oid != UUID_OID and column.count(first) == len(column):
        return repeat(NULL if first is None else encoder(first), len(column))
    if oid == UUID_OID:
        return [
            NULL if value is None else _UUID_LENGTH + value.int.to_bytes(16) for value in column
        ]
    seen: dict[Any, bytes] = {value: encoder(value) for value in set(column) - {None}}
    seen[None] = NULL
    return map(seen.__getitem__, column)


def encode(oids: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> bytes:
    """Encode ``rows`` (each as long as ``oids``) for COPY, without header and trailer."""
    columns = [
        chunks(oid, column) for oid, column in zip(oids, zip(*rows, strict=True), strict=True)
    ]
    count = _SHORT(len(oids))
    return b"".join(chain.from_iterable(zip(repeat(count, len(rows)), *columns, strict=True)))


def array(oid: int, column: Sequence[Any]) -> bytes:
    """Encode one column as a one-dimensional binary array parameter."""
    return _array(oid, len(column), chunks(oid, column) if column else ())


def _array(oid: int, count: int, elements: Iterable[bytes]) -> bytes:
    if count == 0:
        return _ARRAY(0, 0, oid, 0, 0)[:12]
    return _ARRAY(1, 1, oid, count, 1) + b"".join(elements)


def only(array: bytes) -> bytes | None:
    """Return the value that all elements of a binary array are; None if they differ or are none.

    The elements must be of a type of one size, and none of them NULL.
    """
    elements = array[_HEADER_BYTES:]
    size = _LENGTH_BYTES + int.from_bytes(elements[:_LENGTH_BYTES])
    same = elements[:size] * (len(elements) // size) == elements
    return elements[_LENGTH_BYTES:size] if elements and same else None


class Columns:
    """Values of a batch by field name, each field encoded at most once however often it is used."""

    def __init__(self, values: Mapping[str, Sequence[Any]]) -> None:
        """Take columns of one length, by name."""
        self._values = values
        self._size = len(next(iter(values.values())))
        self._encoded: dict[str, list[bytes]] = {}
        self._blocks: dict[str, bytes] = {}

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self._values[name]

    def rows(self, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the values of some fields, item by item."""
        return zip(*(self._values[name] for name in names), strict=True)

    def pick(self, positions: Sequence[int]) -> "Columns":
        """Return the items at some positions."""
        return Columns(
            {name: [column[n] for n in positions] for name, column in self._values.items()}
        )

    def replaced(self, name: str, column: Sequence[Any]) -> "Columns":
        """Return the same items with one field new or with other values; the rest stays encoded."""
        made = Columns({**self._values, name: column})
        made._encoded = {known: self._encoded[known] for known in self._encoded if known != name}
        made._blocks = {known: self._blocks[known] for known in self._blocks if known != name}
        return made

    def encoded(self, name: str, oid: int) -> list[bytes]:
        """Return the bytes of a field, item by item, without lengths."""
        known = self._encoded.get(name)
        if known is None:
            values = self._values[name]
            if oid == UUID_OID:
                known = [value.int.to_bytes(16) for value in values]
            else:
                known = list(map(_VARYING[oid].pack, values))
            self._encoded[name] = known
        return known

    def block(self, name: str, oid: int) -> bytes:
        """Return the bytes of a field of all items, one after the other."""
        known = self._blocks.get(name)
        if known is None:
            known = self._blocks[name] = b"".join(self.encoded(name, oid))
        return known


@dataclass(frozen=True, slots=True)
class Shape:
    """One row with ``VARIES`` where each item has a value of its own, and which field that is."""

    row: tuple[Any, ...]
    names: tuple[str, ...]
    columns: Columns

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield whole rows, of the shape's own type."""
        holes = [n for n, value in enumerate(self.row) if value is VARIES]
        filled = list(self.row)
        for values in self.columns.rows(self.names):
            for hole, value in zip(holes, values, strict=True):
                filled[hole] = value
            yield type(self.row)(*filled)

    def encode(self, oids: Sequence[int]) -> bytearray:
        """Encode all rows for COPY: the row as often as needed, then each byte of its holes in C.

        What varies has a fixed width, so the same byte of all rows is one strided assignment.
        """
        template, holes = bytearray(_SHORT(len(oids))), []
        for oid, value in zip(oids, self.row, strict=True):
            if value is VARIES:
                size = _VARYING[oid].size
                template += _LENGTH(size)
                holes.append((len(template), size, oid))
                template += bytes(size)
            else:
                template += NULL if value is None else ENCODERS[oid](value)
        width, rows = len(template), template * len(self.columns)
        for name, (start, size, oid) in zip(self.names, holes, strict=True):
            block = self.columns.block(name, oid)
            for n in range(size):
                rows[start + n :: width] = block[n::size]
        return rows

    def chunks(self, position: int, oid: int) -> Iterable[bytes]:
        """Encode one column, each value with its length before it."""
        value = self.row[position]
        if value is not VARIES:
            return repeat(NULL if value is None else ENCODERS[oid](value), len(self.columns))
        name = self.names[self.row[:position].count(VARIES)]
        length = _LENGTH(_VARYING[oid].size)
        return [length + encoded for encoded in self.columns.encoded(name, oid)]


@dataclass(frozen=True, slots=True)
class Shaped(Sequence[R], Generic[R]):
    """A sequence of rows given as shapes: COPY encodes them without making the rows."""

    shapes: Sequence[Shape] = field(default_factory=tuple)
    _size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_size", sum(len(shape.columns) for shape in self.shapes))

    @override
    def __len__(self) -> int:
        return self._size

    @override
    def __iter__(self) -> Iterator[R]:
        rows: Iterator[Any] = chain.from_iterable(shape.rows() for shape in self.shapes)
        return rows

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[R]: ...
    @override
    def __getitem__(self, index: int | slice) -> R | Sequence[R]:
        return list(self)[index]

    def encode(self, oids: Sequence[int]) -> Iterator[bytearray]:
        """Encode for COPY, a block a shape."""
        return (shape.encode(oids) for shape in self.shapes)

    def array(self, position: int, oid: int) -> bytes:
        """Encode one column of all shapes as an array parameter."""
        elements = chain.from_iterable(shape.chunks(position, oid) for shape in self.shapes)
        return _array(oid, len(self), elements)


def blocks(oids: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> Iterator[bytes | bytearray]:
    """Encode rows for COPY in blocks; shaped rows are never made."""
    if isinstance(rows, Shaped):
        yield from rows.encode(oids)
        return
    for start in range(0, len(rows), BLOCK_ROWS):
        yield encode(oids, rows[start : start + BLOCK_ROWS])

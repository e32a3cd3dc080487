"""Parameters and small writes in the wire form of their types, as the driver is handed them."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, LiteralString, cast

from psycopg import adapters
from psycopg.abc import AdaptContext, DumperKey, PyFormat
from psycopg.adapt import Dumper
from psycopg.pq import Format
from typing_extensions import override

from ledgerline.base import copying

_ARRAY_OIDS: Final = {
    16: 1000, 17: 1001, 20: 1016, 21: 1005, 23: 1007, 25: 1009, 1082: 1182, 1184: 1185, 2950: 2951,
}  # fmt: skip
_ARRAY_TYPES: Final = {
    16: "boolean[]", 17: "bytea[]", 20: "bigint[]", 21: "smallint[]", 23: "integer[]", 25: "text[]",
    1082: "date[]", 1184: "timestamptz[]", 2950: "uuid[]", 3802: "text[]::jsonb[]",
}  # fmt: skip
_TEXT: Final = 25
_JSONB: Final = 3802


class Array:
    """An array parameter, encoded already."""

    __slots__ = ("data", "oid")

    def __init__(self, element: int, data: bytes) -> None:
        """Take the oid of the element type and what ``copying.array`` made."""
        self.oid = _ARRAY_OIDS[element]
        self.data = data


class _ArrayDumper(Dumper):
    """Hands an encoded array to the driver as it is."""

    format = Format.BINARY

    def __init__(self, cls: type, context: AdaptContext | None = None, oid: int = 0) -> None:
        super().__init__(cls, context)
        self.oid = oid

    @override
    def get_key(self, obj: Array, format: PyFormat) -> DumperKey:
        return (self.cls, cast("Any", obj.oid))

    @override
    def upgrade(self, obj: Array, format: PyFormat) -> "_ArrayDumper":
        return _ArrayDumper(self.cls, None, obj.oid)

    @override
    def dump(self, obj: Array) -> bytes:
        return obj.data


adapters.register_dumper(Array, _ArrayDumper)


@cache
def as_insert(copy: LiteralString, oids: tuple[int, ...]) -> LiteralString:
    """Turn ``COPY t (…) FROM STDIN`` into an INSERT that takes one array a column."""
    target = copy.removeprefix("COPY ").partition(" FROM STDIN")[0]
    arrays = ", ".join(f"%s::{_ARRAY_TYPES[oid]}" for oid in oids)
    return cast("LiteralString", f"INSERT INTO {target} SELECT * FROM unnest({arrays})")  # noqa: S608 our own COPY


def arrays(oids: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> list[Array]:
    """Encode each column of ``rows`` as an array; jsonb travels as text."""
    elements = [_TEXT if oid == _JSONB else oid for oid in oids]
    if isinstance(rows, copying.Shaped):
        return [Array(oid, rows.array(position, oid)) for position, oid in enumerate(elements)]
    columns = zip(*rows, strict=True)
    return [
        Array(oid, copying.array(oid, column))
        for oid, column in zip(elements, columns, strict=True)
    ]

"""Every encoder through a real COPY: PostgreSQL reads back what was written."""

from datetime import UTC, date, datetime
from typing import Any, LiteralString, Self, cast
from uuid import UUID

import psycopg
import pytest

from ledgerline.base import copying
from ledgerline.base.copying import VARIES, Columns, Shape, Shaped

MOMENT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
VALUES: dict[str, tuple[int, list[Any]]] = {
    "boolean": (16, [True, False, None]),
    "bytea": (17, [b"", b"\x00\xff%b", None]),
    "bigint": (20, [0, -1, 2**63 - 1, -(2**63), None]),
    "smallint": (21, [0, -1, 32767, -32768, None]),
    "integer": (23, [0, -1, 2**31 - 1, -(2**31), None]),
    "text": (25, ["", "Zoë 東京", "tab\tline\n\\N", "100 %", None]),
    "date": (1082, [date(2026, 2, 28), date(1, 1, 1), date(9999, 12, 31), None]),
    "timestamptz": (
        1184,
        [MOMENT, datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), None],
    ),
    "uuid": (2950, [UUID(int=0), UUID(int=2**128 - 1), None]),
    "jsonb": (3802, ['{"a": [1, "%s"]}', "{}", None]),
}


def _copy(connection: psycopg.Connection[Any], target: str, data: bytes | bytearray) -> None:
    statement = cast("LiteralString", f"COPY {target} FROM STDIN (FORMAT BINARY)")
    with connection.cursor().copy(statement) as copy:
        copy.write(copying.HEADER + data + copying.TRAILER)


def _texts(connection: psycopg.Connection[Any], table: str) -> list[Any]:
    rows = connection.execute(cast("LiteralString", f"SELECT v FROM {table} ORDER BY n"))
    return [value for (value,) in rows.fetchall()]


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("repeated", [False, True])
def test_every_type_comes_back_as_it_went(
    kind: str, repeated: bool, empty_database_url: str
) -> None:
    oid, values = VALUES[kind]
    expected = [values[0]] * 3 if repeated else values
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        as_text = "::text" if kind == "jsonb" else ""
        connection.execute(cast("LiteralString", f"CREATE TABLE t (n integer, v {kind})"))
        # when
        _copy(connection, "t (n, v)", copying.encode((23, oid), list(enumerate(expected))))
        # then
        found = connection.execute(
            cast("LiteralString", f"SELECT v{as_text} FROM t ORDER BY n")
        ).fetchall()
        assert [value for (value,) in found] == expected
        assert len(copying.ENCODERS) == len(VALUES)


@pytest.mark.parametrize("kind", [kind for kind in VALUES if kind in copying.ARRAY_OIDS])
def test_array_of_every_type_comes_back_as_it_went(kind: str, empty_database_url: str) -> None:
    oid, values = VALUES[kind]
    arrays = [[value for value in values if value is not None], []]
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute(cast("LiteralString", f"CREATE TABLE t (n bytea, v {kind}[])"))
        for number, array in enumerate(arrays):
            encoded = copying.array(oid, array)
            data = b"\x00\x02" + copying.ENCODERS[17](bytes([number]))
            _copy(connection, "t (n, v)", data + len(encoded).to_bytes(4) + encoded)
        assert _texts(connection, "t") == arrays


def test_shapes_come_back_as_their_rows(empty_database_url: str) -> None:
    # given shapes of the types that may vary, beside values with percent signs
    columns = Columns(
        {
            "small": [1, -2, 3],
            "whole": [10, 20, -30],
            "id": [UUID(int=7), UUID(int=2**127), UUID(int=0)],
        }
    )
    row = ("50 %", VARIES, None, VARIES, MOMENT, VARIES, 1199)
    shape = Shape(_Plain(row), ("small", "whole", "id"), columns)
    shaped: Shaped[tuple[Any, ...]] = Shaped([shape, shape])
    oids = (25, 21, 25, 23, 1184, 2950, 20)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute(
            "CREATE TABLE t (a text, b smallint, c text, d integer, e timestamptz, f uuid,"
            " g bigint)"
        )
        # when
        for block in shaped.encode(oids):
            _copy(connection, "t", block)
        # then
        found = connection.execute("SELECT * FROM t").fetchall()
    expected = [
        ("50 %", small, None, whole, MOMENT, id, 1199)
        for small, whole, id in columns.rows(("small", "whole", "id"))
    ]
    assert sorted(found, key=str) == sorted(expected * 2, key=str)


class _Plain(tuple[Any, ...]):
    """A tuple that is built like a NamedTuple."""

    __slots__ = ()

    def __new__(cls, *values: Any) -> Self:
        return super().__new__(cls, values[0] if len(values) == 1 else values)

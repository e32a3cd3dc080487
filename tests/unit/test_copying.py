"""Rows as shapes: whatever a shape writes is what its rows would write one by one."""

from typing import Any, NamedTuple, Self
from uuid import UUID

import pytest

from ledgerline.base import copying
from ledgerline.base.copying import VARIES, Columns, Shape, Shaped

INT2, INT8, TEXT, UUID_ = 21, 20, 25, copying.UUID_OID
OIDS = (INT2, UUID_, TEXT, INT8, UUID_)


class Row(NamedTuple):
    """A row of these tests."""

    bucket: int
    id: UUID
    word: str | None
    amount: int
    owner: UUID


def _columns(count: int) -> Columns:
    return Columns(
        {
            "bucket": list(range(count)),
            "id": [UUID(int=number) for number in range(count)],
            "owner": [UUID(int=2**120 + number) for number in range(count)],
        }
    )


def _shape(word: str | None, count: int = 3) -> Shape:
    row = Row(bucket=VARIES, id=VARIES, word=word, amount=1199, owner=VARIES)
    return Shape(row, ("bucket", "id", "owner"), _columns(count))


@pytest.mark.parametrize("word", [None, "", "plain", "50 % off", "%b %(name)s %%", "Zoë"])
def test_shape_writes_what_its_rows_would(word: str | None) -> None:
    shape = _shape(word)
    rows = list(shape.rows())
    assert rows[1] == Row(
        bucket=1, id=UUID(int=1), word=word, amount=1199, owner=UUID(int=2**120 + 1)
    )
    assert type(rows[1]) is Row
    assert shape.encode(OIDS) == copying.encode(OIDS, rows)


@pytest.mark.parametrize("position", range(5))
def test_column_of_a_shape_is_the_column_of_its_rows(position: int) -> None:
    shape = _shape("word")
    column = [row[position] for row in shape.rows()]
    oid = OIDS[position]
    assert b"".join(shape.chunks(position, oid)) == b"".join(copying.chunks(oid, column))
    assert Shaped([shape]).array(position, oid) == copying.array(oid, column)


def test_row_may_have_as_many_columns_as_the_code_of_a_percent_sign() -> None:
    # given a row of 37 columns, and 37 is the byte of "%" in the header of the row
    oids = (INT8,) * 37
    row: tuple[Any, ...] = (VARIES, *range(36))
    shape = Shape(_Wide(*row), ("bucket",), Columns({"bucket": [5, 6]}))
    wide = (INT2, *oids[1:])
    assert shape.encode(wide) == copying.encode(wide, [(5, *range(36)), (6, *range(36))])


class _Wide(tuple[Any, ...]):
    """A tuple that is built like a NamedTuple."""

    __slots__ = ()

    def __new__(cls, *values: Any) -> Self:
        return super().__new__(cls, values)


def test_shapes_are_one_sequence_in_their_order() -> None:
    shaped: Shaped[Row] = Shaped([_shape("first", 2), _shape("second", 1)])
    assert len(shaped) == 3
    assert [row.word for row in shaped] == ["first", "first", "second"]
    assert shaped[2].word == "second"
    assert [row.bucket for row in shaped[:2]] == [0, 1]
    assert b"".join(shaped.encode(OIDS)) == copying.encode(OIDS, list(shaped))


def test_no_shapes_are_no_rows() -> None:
    nothing: Shaped[Row] = Shaped([])
    assert len(nothing) == 0
    assert list(nothing) == []
    assert not nothing
    assert copying.array(INT8, []) == b"\x00\x00\x00\x00" * 2 + (INT8).to_bytes(4)


def test_columns_pick_items_and_replace_fields() -> None:
    columns = _columns(4)
    picked = columns.pick([3, 1])
    assert picked["bucket"] == [3, 1]
    assert len(picked) == 2
    replaced = picked.replaced("bucket", [7, 8])
    assert list(replaced.rows(("bucket", "id"))) == [(7, UUID(int=3)), (8, UUID(int=1))]
    assert picked["bucket"] == [3, 1]


def test_value_that_varies_is_encoded_once_however_often_it_is_used() -> None:
    columns = _columns(2)
    assert columns.encoded("id", UUID_) is columns.encoded("id", UUID_)
    assert columns.encoded("bucket", INT2) == [b"\x00\x00", b"\x00\x01"]


def test_type_without_an_encoder_is_a_defect() -> None:
    with pytest.raises(KeyError):
        copying.encode((1700,), [(1,)])

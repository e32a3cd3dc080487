"""What is wrong with a value, in the words of JSON."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from ledgerline.api.mistakes import Mistake, mistakes_of, refuse, take_instants
from ledgerline.api.parsing import decode_json
from ledgerline.api.refusals import InvalidValue, UnknownField
from ledgerline.api.shapes import CustomerIdText
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import WrongIdKind


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(Struct, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=1)]
    note: str | None = None


class Outer(Struct, forbid_unknown_fields=True):
    inner: Inner
    several: list[Inner] = []
    named: dict[str, int] = {}
    at: datetime | None = None


@pytest.mark.parametrize(
    ("kind", "value", "detail"),
    [
        (str, 7, "expected a string, not an integer"),
        (int, "7", "expected an integer, not a string"),
        (int, 0.5, "expected an integer, not a number"),
        (int, True, "expected an integer, not true or false"),
        (bool, 1, "expected true or false, not an integer"),
        (float, None, "expected a number, not null"),
        (int | None, "x", "expected an integer or null, not a string"),
        (list[int], {}, "expected an array, not an object"),
        (Inner, [], "expected an object, not an array"),
        (Colour, "green", "expected one of red, blue"),
        (Colour, 1, "expected a string, not an integer"),
        (date, "2026-02-30", "expected a date such as 2026-01-31"),
        (datetime, "soon", "expected an instant such as 2026-01-31T12:00:00Z"),
        (
            Annotated[datetime, Meta(tz=True)], "2026-01-31T12:00:00",
            "an instant needs its zone, such as Z",
        ),
        (Annotated[int, Meta(ge=1)], 0, "expected an integer >= 1"),
        (Annotated[str, Meta(min_length=1)], "", "expected a string of at least 1 character"),
        (Annotated[str, Meta(max_length=2)], "abc", "expected a string of at most 2 characters"),
        (Annotated[list[int], Meta(max_length=1)], [1, 2], "expected an array of at most 1 item"),
        (Annotated[str, Meta(pattern="^a`b$")], "x", "expected a string that matches ^a`b$"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_in_words_of_json(kind: Any, value: object, detail: str) -> None:
    assert mistakes_of(value, kind) == [Mistake("", InvalidValue, detail)]


def test_mistakes_are_found_at_every_depth_and_none_in_what_is_right() -> None:
    wrong = {
        "inner": {"count": 0, "nota": "x"}, "several": [{"count": 1}, {}, {"count": "1"}],
        "named": {"a/b": "1", "c": 2}, "at": 5,
    }  # fmt: skip
    assert [(one.pointer, one.kind) for one in mistakes_of(wrong, Outer)] == [
        ("/inner/nota", UnknownField), ("/inner/count", InvalidValue),
        ("/several/1/count", InvalidValue), ("/several/2/count", InvalidValue),
        ("/named/a~1b", InvalidValue), ("/at", InvalidValue),
    ]  # fmt: skip
    assert mistakes_of({"inner": {"count": 1}}, Outer) == []


def test_an_id_of_another_kind_is_a_mistake_of_its_own() -> None:
    for text in ("inv_01h455vb4pex5vsknk084sn02q", "cus_x", "x", ""):
        [found] = mistakes_of(text, CustomerIdText)
        assert (found.kind, found.detail) == (
            WrongIdKind, "an id that starts with cus_ is expected",
        )  # fmt: skip
    # while what is no text at all is no id of any kind
    assert [one.kind for one in mistakes_of(7, CustomerIdText)] == [InvalidValue]


def test_the_code_of_several_mistakes_is_that_of_the_first() -> None:
    refused = refuse(mistakes_of({"a": 1}, Inner))
    assert isinstance(refused, UnknownField)
    assert refused.detail == "2 mistakes, the first: a is not known here"
    assert refused.facts["pointer"] == "/a"


def test_instants_are_read_in_utc_and_those_of_no_calendar_are_mistakes() -> None:
    east = timezone(timedelta(hours=23, minutes=59))
    read = Outer(Inner(1), at=datetime(1970, 1, 2, tzinfo=east))
    assert list(take_instants(read)) == []
    assert read.at is not None
    assert read.at.isoformat() == "1970-01-01T00:01:00+00:00"
    for beyond in (datetime(1970, 1, 1, tzinfo=east), datetime(1, 1, 1, tzinfo=UTC)):
        [found] = take_instants(Outer(Inner(1), at=beyond))
        assert found.pointer == "/at"


def test_a_place_deep_down_is_pointed_at() -> None:
    with pytest.raises(Rejected) as refused:
        decode_json(b"[" * 500 + b'0,"\\u0000"' + b"]" * 500, "application/json")
    assert refused.value.facts["pointer"] == "/0" * 499 + "/1"

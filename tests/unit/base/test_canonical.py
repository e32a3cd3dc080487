"""Canonical JSON."""

from datetime import date
from enum import IntEnum, StrEnum
from types import MappingProxyType

import pytest

from ledgerline.base.canonical import canonical, digest


class Kind(StrEnum):
    """A text for these tests."""

    INVOICE = "invoice"


class Level(IntEnum):
    """A number for these tests."""

    LOW = 1


@pytest.mark.parametrize(
    ("_case", "value", "text"),
    [
        ("keys are sorted, no spaces", {"b": 1, "a": [1, 2]}, '{"a":[1,2],"b":1}'),
        ("upper case sorts before lower", {"a": 1, "B": 2}, '{"B":2,"a":1}'),
        ("nested", {"x": {"z": 1, "y": 2}}, '{"x":{"y":2,"z":1}}'),
        ("order of a list is meaning", [3, 1, 2], "[3,1,2]"),
        ("tuple is a list", (1, "a"), '[1,"a"]'),
        ("booleans are no numbers", {"t": True, "f": False}, '{"f":false,"t":true}'),
        ("largest integers", [2**53 - 1, 1 - 2**53], "[9007199254740991,-9007199254740991]"),
        ("text in UTF-8", "Grüße €", '"Grüße €"'),
        ("text in NFC", "u\u0308", '"ü"'),
        ("escapes", '"\\/\n\x0f\x7f', '"\\"\\\\/\\n\\u000f\x7f"'),
        ("enumerations by value", [Kind.INVOICE, Level.LOW], '["invoice",1]'),
        ("frozen mapping", MappingProxyType({"a": 1}), '{"a":1}'),
        ("empty", {"l": [], "m": {}, "s": ""}, '{"l":[],"m":{},"s":""}'),
    ],
)
def test_value_has_one_form(_case: str, value: object, text: str) -> None:
    assert canonical(value) == text.encode()


@pytest.mark.parametrize(
    ("_case", "value"),
    [
        ("float", 1.0),
        ("nothing", None),
        ("nothing inside", {"a": [None]}),
        ("integer that a float cannot hold", 2**53),
        ("negative one", -(2**53)),
        ("key beyond ASCII", {"ü": 1}),
        ("key that is no text", {1: "a"}),
        ("date", date(2026, 11, 23)),
        ("bytes", b"a"),
        ("set", {1, 2}),
    ],
)
def test_value_without_one_form_is_a_defect(_case: str, value: object) -> None:
    with pytest.raises(AssertionError):
        canonical(value)


def test_lone_surrogate_is_a_defect() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical("\ud800")


def test_digest_is_the_sha_256_of_the_form() -> None:
    assert digest({}).hex() == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert digest({"b": 1, "a": "u\u0308"}) == digest({"a": "ü", "b": 1})
    assert digest({"a": 1}) != digest({"a": "1"})

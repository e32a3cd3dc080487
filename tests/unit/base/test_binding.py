"""Parameters on the wire: each kind in its own form, anything else refused."""

from datetime import datetime

import pytest
from psycopg import DataError

from ledgerline.base import binding


def test_parameters_are_written_as_their_kinds() -> None:
    names = ("a", "b", "c", "d", "e")
    given = {"a": 7, "b": True, "c": "ü", "d": b"\x00", "e": None}
    values, formats = binding.bind(names, {}, given)
    assert values == [b"7", b"t", "ü".encode(), b"\x00", None]
    assert [int(one) for one in formats] == [0, 0, 0, 1, 0]


def test_what_cannot_be_a_parameter_is_refused() -> None:
    with pytest.raises(DataError, match="NUL"):
        binding.bind(("a",), {}, {"a": "x\0y"})
    with pytest.raises(TypeError, match="float"):
        binding.bind(("a",), {}, {"a": 1.5})
    with pytest.raises(AssertionError):
        binding.bind(("a",), {}, {"a": datetime(2026, 1, 1)})  # noqa: DTZ001 - a naive one
    with pytest.raises(KeyError):
        binding.bind(("a", "b"), {}, {"a": 1})
    with pytest.raises(AssertionError):
        binding.bind(("a",), {}, {"a": 1, "b": 2})

"""Cursors open the list they were made for and nothing else."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from ledgerline.api.cursors import TOP, Place, read_cursor, write_cursor
from ledgerline.api.refusals import InvalidCursor

KEY = bytes(32)
HERE = Place(datetime(2026, 1, 1, 0, 0, 0, 123_456, tzinfo=UTC), UUID(int=7))


@pytest.mark.parametrize("place", [HERE, TOP, Place(datetime(1969, 1, 1, tzinfo=UTC), UUID(int=0))])
def test_a_cursor_names_the_same_place_again(place: Place) -> None:
    text = write_cursor(KEY, place, scope="customers")
    assert len(text) == 54
    assert read_cursor(KEY, text, scope="customers") == place


@pytest.mark.parametrize(
    ("_case", "key", "scope", "change"),
    [
        ("another list", KEY, "invoices", ""),
        ("another key", bytes(31) + b"x", "customers", ""),
        ("longer", KEY, "customers", "A"),
    ],
)
def test_a_cursor_of_another_list_is_refused(
    _case: str, key: bytes, scope: str, change: str
) -> None:
    text = write_cursor(KEY, HERE, scope="customers")
    with pytest.raises(InvalidCursor):
        read_cursor(key, text + change, scope=scope)


def test_no_single_character_can_be_changed() -> None:
    text = write_cursor(KEY, HERE, scope="customers")
    for n in range(len(text) - 1):  # the last one holds bits that mean nothing
        other = "A" if text[n] != "A" else "B"
        with pytest.raises(InvalidCursor):
            read_cursor(KEY, text[:n] + other + text[n + 1 :], scope="customers")

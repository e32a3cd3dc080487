"""Canonical JSON: equal values have equal bytes, and the bytes read back."""

import json
import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.canonical import INTEGER_END, canonical, digest

texts = st.text(st.characters(codec="utf-8"), max_size=20)
keys = st.text(st.characters(codec="ascii"), max_size=8)
leaves = st.booleans() | st.integers(1 - INTEGER_END, INTEGER_END - 1) | texts
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


def normalized(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [normalized(part) for part in value]
    if isinstance(value, dict):
        return {key: normalized(part) for key, part in value.items()}
    return value


def reordered(value: Any) -> Any:
    if isinstance(value, list):
        return [reordered(part) for part in value]
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return value


@given(values)
def test_bytes_read_back_as_the_value(value: Any) -> None:
    assert json.loads(canonical(value)) == normalized(value)


@given(values)
def test_writing_what_was_read_gives_the_same_bytes(value: Any) -> None:
    written = canonical(value)
    assert canonical(json.loads(written)) == written


@given(values)
def test_order_of_keys_and_form_of_letters_do_not_matter(value: Any) -> None:
    assert canonical(reordered(value)) == canonical(value)
    assert digest(normalized(value)) == digest(value)


@given(values, values)
def test_other_values_have_other_bytes(first: Any, second: Any) -> None:
    # repr tells True from 1, which == does not
    same = repr(reordered(normalized(first))) == repr(reordered(normalized(second)))
    if canonical(first) == canonical(second):
        assert normalized(first) == normalized(second)
    else:
        assert not same

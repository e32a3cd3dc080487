"""One byte string for one value: what is hashed, chained and sealed is written here."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Final

INTEGER_END: Final = 1 << 53  # beyond it readers that keep numbers as floats lose digits


def canonical(value: object) -> bytes:
    """Write integers, strings, booleans, lists and string-keyed mappings as canonical JSON.

    UTF-8, keys sorted, no spaces, strings in NFC, tuples as lists. Keys are ASCII. What has no
    single form is a defect: floats, None (leave the key out), integers from 2**53, lone
    surrogates and every other type.
    Source: RFC 8785, of which this is a strict subset.
    """
    text = json.dumps(_checked(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8")


def digest(value: object) -> bytes:
    """Return the SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(value)).digest()


def _checked(value: object) -> object:
    match value:
        case bool():
            return value
        case str():
            return value if value.isascii() else unicodedata.normalize("NFC", value)
        case int():
            assert -INTEGER_END < value < INTEGER_END, value
            return value
        case list() | tuple():
            return [_checked(part) for part in value]
        case _:
            assert isinstance(value, Mapping), (type(value), "has no canonical form")
            return {_key(key): _checked(part) for key, part in value.items()}


def _key(key: object) -> str:
    assert isinstance(key, str), (key, "is no canonical key")
    assert key.isascii(), (key, "is no canonical key")
    return key

"""How bytes of a provider become values: exactly the type that is asked for, or None."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

DEPTH_MAX: Final = 32
# Printable ASCII: what is not (NUL, half a surrogate) is no word of a provider and not storable.
Text = Annotated[str, Meta(pattern=r"\A[ -~]{1,255}\Z")]
# A page that a payer is sent to; no other scheme ever reaches a browser.
Address = Annotated[str, Meta(pattern=r"\Ahttps?://[!-~]{1,4000}\Z")]
T = TypeVar("T")


def decode(body: bytes, kind: type[T]) -> T | None:
    """Read a reply, or return None when the bytes are not that object. Extra fields are ignored."""
    try:
        return msgspec.json.decode(body, type=kind, strict=True)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def decode_signed(body: bytes, kind: type[T]) -> T | None:
    """Read a webhook strictly, by ``loads``, or return None when the bytes are not that object."""
    try:
        return convert(loads(body), kind)
    except ValueError:
        return None


def loads(raw: bytes) -> object:
    """Read UTF-8 without double keys and NaN, at most ``DEPTH_MAX`` levels; raises ValueError."""
    try:
        plain: object = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not _is_flat_enough(plain):
        raise ValueError("nested too deeply")
    return plain


def documents(raw: bytes) -> Iterator[object]:
    """Read JSON values that follow each other, each by the rules of ``loads``."""
    text, at = raw.decode("utf-8").strip(), 0
    decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
    while at < len(text):
        try:
            plain, at = decoder.raw_decode(text, at)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not _is_flat_enough(plain):
            raise ValueError("nested too deeply")
        yield plain
        while text[at : at + 1].isspace():
            at += 1


def convert(plain: object, kind: type[T]) -> T | None:
    """Read plain JSON values as ``kind``, or return None when they are not that object."""
    try:
        return msgspec.convert(plain, type=kind, strict=True)
    except (msgspec.MsgspecError, ValueError):  # the latter for half a surrogate in a name
        return None


def word(plain: object) -> str | None:
    """Read one plain JSON value as a text of a provider, or return None when it is none."""
    found = convert({"text": plain}, _Word)
    return None if found is None else found.text


def instant(plain: object) -> datetime | None:
    """Read one plain JSON value as an instant with its zone, or return None when it is none."""
    try:
        found = datetime.fromisoformat(plain) if isinstance(plain, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


@dataclass(frozen=True, slots=True)
class _Word:
    text: Text


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key stands twice")
    return fields


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


def _is_flat_enough(plain: object) -> bool:
    level = [plain]
    for _ in range(DEPTH_MAX):
        level = [below for value in level for below in _inside(value)]
        if not level:
            return True
    return False


def _inside(value: object) -> list[object]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []

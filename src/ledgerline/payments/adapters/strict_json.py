"""JSON read strictly: what two readers could understand differently is no JSON here."""

import json
from typing import Final

DEPTH_MAX: Final = 32


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

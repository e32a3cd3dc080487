"""Everything that is wrong with a value, each with its place, in the words of JSON."""

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, UnsetType

from ledgerline.api.refusals import InvalidValue, UnknownField
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import FORM, PREFIXES, WrongIdKind
from ledgerline.base.pointers import escaped

MISTAKES_MAX: Final = 50
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)
ID_KIND: Final = "id_kind"
"""Where a type says in its ``Meta.extra`` which kind of id it is."""

_CLASS: Final = re.compile(r"\[([^]]*)\]")
_SHOWN_CHARACTERS_MAX: Final = 200
_PLACED: Final = re.compile(r"(?s)(?P<what>.*) - at `[^`]*`(?: in `[^`]*`)?")
_TYPE: Final = re.compile(r"(?:an? )?`(?P<name>[a-z0-9 |]+)`")
_LENGTH: Final = re.compile(r"of length (?P<how><=|>=|==) (?P<count>\d+)")
_MATCHING: Final = re.compile(r"(?s)matching regex '(?P<pattern>.*)'")
_HOW: Final = {"<=": "at most", ">=": "at least", "==": "exactly"}
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "str": "a string", "int": "an integer", "float": "a number", "bool": "true or false",
        "array": "an array", "object": "an object", "null": "null", "date": "a date",
        "datetime": "an instant",
    }
)  # fmt: skip
_INVALID: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Invalid RFC3339 encoded datetime": "expected an instant such as 2026-01-31T12:00:00Z",
        "Expected `datetime` with a timezone component": "an instant needs its zone, such as Z",
        "Invalid RFC3339 encoded date": "expected a date such as 2026-01-31",
    }
)


def id_text(kind: str) -> Meta:
    """Describe an id of ours of one kind, in lower or upper case; another is ``WrongIdKind``."""
    prefix = PREFIXES[kind]
    letters = "".join(f"[{letter}{letter.upper()}]" for letter in prefix)
    digits = _CLASS.sub(lambda found: f"[{found[1]}{found[1].upper()}]", FORM)
    return Meta(
        pattern=f"^{letters}_{digits}$",
        extra={ID_KIND: prefix},
        extra_json_schema={f"x-{ID_KIND}": prefix},  # openapi.py writes the one case we answer in
    )


class Mistake(NamedTuple):
    """One thing that is wrong; ``pointer`` (RFC 6901) says where."""

    pointer: str
    kind: type[Rejected]
    detail: str


def mistakes_of(value: Any, kind: Any, pointer: str = "") -> list[Mistake]:
    """Find what keeps ``value`` from being a ``kind``; none when it is one."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        found = list(islice(_within(value, bare(kind), pointer), MISTAKES_MAX))
        return found or [_mistake(str(error), kind, pointer)]
    return []


def refuse(mistakes: list[Mistake]) -> Rejected:
    """Make one refusal of several mistakes: its code is that of the first."""
    first = mistakes[0]
    detail = first.detail
    if len(mistakes) > 1:
        detail = f"{len(mistakes)} mistakes, the first: {detail}"
    return first.kind(detail, pointer=first.pointer, mistakes=tuple(mistakes))


def take_instants(value: Any, pointer: str = "") -> Iterator[Mistake]:
    """Write the instants of a body that was just read in UTC; find those beyond the calendar.

    The database takes no offset of 16 hours and more, and nothing reckons with the year 10000.
    """
    if isinstance(value, Struct):
        for name in value.__struct_fields__:
            part, place = getattr(value, name), f"{pointer}/{name}"
            if not isinstance(part, datetime):
                yield from take_instants(part, place)
            elif EARLIEST <= part <= LATEST:
                msgspec.structs.force_setattr(value, name, part.astimezone(UTC))
            else:
                detail = "an instant is of the years 1970 to 9999, in UTC"
                yield Mistake(place, InvalidValue, detail)
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield from take_instants(part, f"{pointer}/{n}")


def bare(kind: Any) -> Any:
    """Take off what a type is annotated with and what else it may be than its one kind of value."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {Union, UnionType}:
        [one] = [part for part in get_args(kind) if part not in {NoneType, UnsetType}]
        return bare(one)
    return kind


def _within(value: Any, kind: Any, pointer: str) -> Iterator[Mistake]:
    """Find the mistakes in the parts of a value."""
    origin = get_origin(kind) or kind
    if isinstance(value, dict):
        if isinstance(origin, type) and issubclass(origin, Struct):
            yield from _of_members(value, origin, pointer)
        elif origin is dict:
            of_name, of_value = get_args(kind)
            for name, part in value.items():
                place = f"{pointer}/{escaped(name)}"
                yield from mistakes_of(name, of_name, place)
                yield from mistakes_of(part, of_value, place)
    elif isinstance(value, list) and origin is list:
        for n, part in enumerate(value):
            yield from mistakes_of(part, get_args(kind)[0], f"{pointer}/{n}")


def _of_members(value: dict[str, Any], shape: type[Struct], pointer: str) -> Iterator[Mistake]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    for name in value:
        if name not in fields:
            shown = name[:_SHOWN_CHARACTERS_MAX]
            place = f"{pointer}/{escaped(shown)}"
            yield Mistake(place, UnknownField, f"{shown} is not known here{_meant(name, fields)}")
    for name, field in fields.items():
        place = f"{pointer}/{escaped(name)}"
        if name in value:
            yield from mistakes_of(value[name], field.type, place)
        elif field.required:
            yield Mistake(place, InvalidValue, f"{name} is missing")


def _meant(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name[:_SHOWN_CHARACTERS_MAX], known, n=1)
    return f": did you mean {near[0]}?" if near else ""


def _mistake(message: str, kind: Any, pointer: str) -> Mistake:
    expected = _id_kind(kind)
    if expected is not None and "matching" in message:
        return Mistake(pointer, WrongIdKind, f"an id that starts with {expected}_ is expected")
    return Mistake(pointer, InvalidValue, _in_words(message, kind)[:_SHOWN_CHARACTERS_MAX])


def _id_kind(kind: Any) -> str | None:
    """Find which id a type stands for, by its prefix."""
    for part in (kind, *get_args(kind)):
        for meta in getattr(part, "__metadata__", ()):
            if isinstance(meta, Meta) and meta.extra and ID_KIND in meta.extra:
                return str(meta.extra[ID_KIND])
    return None


def _in_words(message: str, kind: Any) -> str:
    placed = _PLACED.fullmatch(message)
    what = placed["what"] if placed else message
    if what in _INVALID:
        return _INVALID[what]
    known = bare(kind)
    if what.startswith("Invalid enum") and isinstance(known, type) and issubclass(known, Enum):
        return f"expected one of {', '.join(str(one.value) for one in known)}"
    unit = "character" if "`str`" in what else "item"
    what = _LENGTH.sub(lambda found: _counted(found["how"], found["count"], unit), what)
    what = _MATCHING.sub(lambda found: f"that matches {found['pattern']}", what)
    what = _TYPE.sub(lambda found: _named(found["name"]), what)
    return what.replace("Expected", "expected", 1).replace(", got ", ", not ")


def _counted(how: str, count: str, unit: str) -> str:
    return f"of {_HOW[how]} {count} {unit}{'' if count == '1' else 's'}"


def _named(types: str) -> str:
    return " or ".join(_WORDS.get(one, one) for one in types.split(" | "))

"""From bytes to values, for every body, query and path: the one place that reads what was sent."""

import json
import re
from collections import Counter
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from msgspec import Struct

from ledgerline.api.mistakes import Mistake, bare, mistakes_of, refuse, take_instants
from ledgerline.api.refusals import InvalidValue, NotJson
from ledgerline.base.cards import refuse_cards
from ledgerline.base.pointers import Place, escaped, parts, pointer_to
from ledgerline.web.refusals import Malformed

PARAMETERS_MAX: Final = 50
_JSON: Final = "application/json"
_UTF8: Final = frozenset({"", "charset=utf-8", 'charset="utf-8"'})
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,30})")
_BOOLEANS: Final = {"true": True, "false": False}


class _Repeated(NamedTuple):
    """Stands for an object that has a member of this name twice."""

    name: str


def refuse_cards_in_address(path: str, query: bytes) -> None:
    """Refuse a request whose path or query string holds a card number, in any spelling."""
    text = unquote_to_bytes(query.replace(b"+", b" ")).decode("utf-8", "replace")
    refuse_cards([path, text])


def read_parameters(shape: type[Struct], query: bytes) -> Any:
    """Read the query string; raises ``UnknownField``, ``InvalidValue`` and ``Malformed``."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, max_num_fields=PARAMETERS_MAX
        )
    except ValueError as error:
        raise Malformed("the query string cannot be read") from error
    values: dict[str, Any] = {}
    for name, text in pairs:
        if name in values:
            raise InvalidValue("a parameter is given once", pointer=f"/{escaped(name)}")
        values[name] = text
    _refuse_unprintable(values)
    types = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    for name in values.keys() & types.keys():
        values[name] = _of_text(values[name], types[name])
    return _converted(values, shape)


def decode_json(raw: bytes, content_type: str | None, *, encoding: str | None = None) -> Any:
    """Read a JSON text; raises ``NotJson``, ``Malformed``, ``CardNumberRefused``, ``InvalidValue``.

    ``encoding`` is what the bytes were compressed by. No string may hold control characters or half
    a character, wherever it ends up, and no object a member twice.
    """
    media_type, _, parameter = (content_type or "").partition(";")
    if media_type.strip().lower() != _JSON or parameter.strip().lower() not in _UTF8:
        raise NotJson("send the body as application/json, in UTF-8")
    if (encoding or "identity").lower() != "identity":
        raise NotJson("send the body uncompressed")
    try:
        value = msgspec.json.decode(raw)
        repeated = _repeated(raw)
    except (ValueError, RecursionError) as error:  # what msgspec and json raise are values
        raise Malformed("the body is not a JSON text that can be read") from error
    refuse_cards(value)
    _refuse_unprintable(value)
    if repeated is not None:
        raise refuse([repeated])
    return value


def read_body(shape: type[Struct], value: Any) -> Any:
    """Read a decoded body as ``shape``; raises ``UnknownField``, ``InvalidValue``, ``WrongIdKind``.

    All mistakes are told at once.
    """
    return _converted(value, shape)


def _converted(value: Any, shape: type[Struct]) -> Any:
    try:
        read = msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise refuse(mistakes_of(value, shape)) from error
    if beyond := list(take_instants(read)):
        raise refuse(beyond)
    return read


def _of_text(text: str, kind: Any) -> Any:
    """Read a parameter as what JSON would have sent: only numbers and booleans are no texts.

    An instant is never a number: a fraction of a second after 1970 is not what anybody means.
    """
    wanted = bare(kind)
    if wanted is int and _INTEGER.fullmatch(text):
        return int(text)
    return _BOOLEANS.get(text, text) if wanted is bool else text


def _repeated(raw: bytes) -> Mistake | None:
    """Find a member that an object has twice: the last one wins elsewhere, here none does."""
    found: list[str] = []

    def pairs(members: list[tuple[str, Any]]) -> Any:
        value = dict(members)
        if len(value) == len(members):
            return value
        [(name, _)] = Counter(name for name, _ in members).most_common(1)
        found.append(name)
        return _Repeated(name)

    value = json.loads(
        raw, object_pairs_hook=pairs, parse_int=len, parse_float=len, parse_constant=len
    )
    if not found:
        return None
    places = (Place(place, at.name) for place, at in parts(value) if isinstance(at, _Repeated))
    return Mistake(next(places).pointer(), InvalidValue, "a member is given once")


def _refuse_unprintable(value: Any) -> None:
    for place, at in parts(value):
        if isinstance(at, str) and _UNPRINTABLE.search(at):
            raise InvalidValue("control characters are not allowed", pointer=pointer_to(place))

"""From bytes to values: the card tripwire, bodies, parameters, and where a mistake is."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from msgspec import Struct

from ledgerline.api.refusals import InvalidValue, Malformed, NotJson, UnknownField
from ledgerline.base.cards import refuse_cards
from ledgerline.base.errors import Rejected

BODY_BYTES_MAX: Final = 256 * 1024
PARAMETERS_MAX: Final = 50
_JSON: Final = "application/json"
_SHOWN_CHARACTERS_MAX: Final = 200
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PLACED: Final = re.compile(r"(?s)(?P<what>.*) - at (?:`key` in )?`\$(?P<place>[^`]*)`")
_NAMED: Final = re.compile(
    r"(?s)Object (?P<how>contains unknown|missing required) field `(?P<name>.*)`"
)
_STEP: Final = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<index>\d+)\]")


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
    values = dict(pairs)
    if len(values) != len(pairs):
        raise InvalidValue("a parameter is given once", pointer="")
    _refuse_unprintable(values)
    return _converted(values, shape, strict=False)


def decode_json(raw: bytes, content_type: str | None) -> Any:
    """Read a JSON text; raises ``NotJson``, ``Malformed``, ``CardNumberRefused``, ``InvalidValue``.

    No string may hold control characters or half a character, wherever it ends up.
    """
    if (content_type or "").partition(";")[0].strip().lower() != _JSON:
        raise NotJson("send the body as application/json")
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("the body is not a JSON text that can be read") from error
    refuse_cards(value)
    _refuse_unprintable(value)
    return value


def read_body(shape: type[Struct], value: Any) -> Any:
    """Read a decoded body as ``shape``; raises ``UnknownField`` and ``InvalidValue``."""
    return _converted(value, shape, strict=True)


def _converted(value: Any, shape: type[Struct], *, strict: bool) -> Any:
    try:
        return msgspec.convert(value, shape, strict=strict)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from error


def _refusal(message: str) -> Rejected:
    placed = _PLACED.fullmatch(message)
    what, pointer = (placed["what"], _pointer(placed["place"])) if placed else (message, "")
    named = _NAMED.fullmatch(what)
    detail = what[:_SHOWN_CHARACTERS_MAX].replace("`", "")
    if named is None:
        return InvalidValue(detail, pointer=pointer)
    pointer += "/" + _escaped(named["name"][:_SHOWN_CHARACTERS_MAX])
    if named["how"] == "contains unknown":
        return UnknownField(detail, pointer=pointer)
    return InvalidValue(detail, pointer=pointer)


def _pointer(place: str) -> str:
    """Turn ``.items[0].price`` into a JSON pointer (RFC 6901)."""
    steps = (step["name"] or step["index"] for step in _STEP.finditer(place))
    return "".join("/" + _escaped(step) for step in steps)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _refuse_unprintable(value: Any) -> None:
    """Walk a value of any depth; a loop, since recursion would end in a crash."""
    waiting = [("", value)]
    while waiting:
        pointer, at = waiting.pop()
        match at:
            case str():
                if _UNPRINTABLE.search(at):
                    raise InvalidValue("control characters are not allowed", pointer=pointer)
            case dict():
                waiting += [(pointer, name) for name in at]
                waiting += [(f"{pointer}/{_escaped(name)}", part) for name, part in at.items()]
            case list():
                waiting += [(f"{pointer}/{n}", part) for n, part in enumerate(at)]
            case _:
                pass

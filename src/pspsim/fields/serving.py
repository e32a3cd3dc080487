"""Serving the fields: the page, its two files, and tokens."""

import re
import secrets
from html import escape
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec
from msgspec import Struct

from pspsim.fields.cards import Typed, faults, given
from pspsim.fields.words import RIGHT_TO_LEFT, WORDS, Words
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.records import encode
from pspsim.replies import Reply

FIELDS: Final = b"fields"
_HTML: Final = b"text/html; charset=utf-8"
_FILES: Final = {
    "fields/fields.css": b"text/css; charset=utf-8",
    "fields/fields.js": b"text/javascript; charset=utf-8",
}
_RANDOM_BYTES: Final = 9
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?=$|[/?])")


class CardBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST fields/tokens``."""

    number: str
    expiry: str
    code: str


_decode: Final = msgspec.json.Decoder(CardBody).decode


def serve(provider: Provider, request: Request, *, resource: str, query: str) -> Reply:
    """Answer whoever shows the fields; no secret of the merchant is needed for a token."""
    asked = dict(parse_qsl(query))
    if resource in _FILES and request.method == b"GET":
        body = files("pspsim.fields").joinpath(resource.rpartition("/")[2]).read_bytes()
        return Reply(200, body, b"cache-control: max-age=300\r\n", content_type=_FILES[resource])
    if resource == "fields" and request.method == b"GET":
        return _page(provider, asked)
    if resource == "fields" and request.method == b"POST":
        return _back(provider, request, asked)
    if resource == "fields/tokens" and request.method == b"POST":
        return _token(provider, request)
    return Reply(404, b"there is nothing here", content_type=_HTML)


def _page(
    provider: Provider, asked: dict[str, str], *, wrong: tuple[str, ...] = (), status: int = 200
) -> Reply:
    language = asked.get("language", "en").partition("-")[0]
    language = language if language in WORDS else "en"
    words, origin, back = WORDS[language], _origin(asked), asked.get("back", "")
    shown = Template(files("pspsim.fields").joinpath("fields.html").read_text("utf-8")).substitute(
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        theme=f' data-theme="{asked["theme"]}"' if asked.get("theme") in {"light", "dark"} else "",
        base=f"/{quote(provider.name)}/fields",
        origin=escape(origin),
        provider=escape(provider.name.title()),
        action=escape(f"?{urlencode(asked)}"),
        button="" if not back else f"<button>{escape(words.go_on)}</button>",
        alone="alone" if back else "framed",
        **_labels(words, wrong),
    )
    return Reply(status, shown.encode(), _policy(origin, back), content_type=_HTML)


def _labels(words: Words, wrong: tuple[str, ...]) -> dict[str, str]:
    told = {name: escape(said) for name, said in words._asdict().items()}
    for name in ("number", "expiry", "code"):
        is_wrong = name in wrong
        told[f"invalid_{name}"] = 'aria-invalid="true"' if is_wrong else ""
        told[f"hidden_{name}"] = "" if is_wrong else "hidden"
    return told


def _policy(origin: str, back: str) -> bytes:
    """Let one origin frame the page, and the form lead to itself and back to its shop."""
    home = _origin({"origin": back})
    framer = origin or "'none'"
    rules = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "connect-src 'self'; "
        f"base-uri 'none'; form-action 'self' {home}; frame-ancestors {framer}"
    )
    told = f"content-security-policy: {rules}\r\nreferrer-policy: no-referrer\r\n"
    return (told + "cache-control: no-store\r\n").encode("ascii", "replace")


def _origin(asked: dict[str, str]) -> str:
    """Read an origin, without anything that could end a header or a rule."""
    found = _ORIGIN.match(asked.get("origin", ""))
    return "" if found is None else found[0]


def _token(provider: Provider, request: Request) -> Reply:
    try:
        body = _decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Reply(400, encode({"wrong": ["number", "expiry", "code"]}))
    typed = Typed(body.number, body.expiry, body.code)
    wrong = faults(typed, today=provider.books.now.date())
    if wrong:
        return Reply(422, encode({"wrong": wrong}))
    return Reply(200, encode(_given(typed)))


def _back(provider: Provider, request: Request, asked: dict[str, str]) -> Reply:
    """Send the buyer back to the shop with a token, or show what is wrong."""
    typed = dict(parse_qsl(request.body.decode("latin-1")))
    read = Typed(typed.get("number", ""), typed.get("expiry", ""), typed.get("code", ""))
    wrong = faults(read, today=provider.books.now.date())
    back = asked.get("back", "")
    if wrong or not _origin({"origin": back}):
        return _page(provider, asked, wrong=tuple(wrong), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    joint = "&" if urlsplit(back).query else "?"
    where = f"{back}{joint}{urlencode(_given(read))}"
    line = where.encode("ascii", "replace").replace(b"\r", b"").replace(b"\n", b"")
    return Reply(303, b"", b"location: " + line + b"\r\n", content_type=_HTML)


def _given(typed: Typed) -> dict[str, str]:
    card = given(typed)
    token = f"tok_{card.behavior}_{secrets.token_urlsafe(_RANDOM_BYTES)}"
    return {"token": token, "brand": card.brand, "last4": card.last4}

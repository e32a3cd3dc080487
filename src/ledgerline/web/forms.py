"""Forms that a browser posts, and where it reaches us: what is of another site is refused."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from ledgerline.web.wire import Request

_HOST: Final = re.compile(r"[A-Za-z0-9.\[\]:-]{1,255}")
_FORM: Final = "application/x-www-form-urlencoded"


class PageMissing(Exception):
    """There is nothing at this address."""


class FormRefused(Exception):
    """The form is none of ours, or comes from another site."""


def origin_of(request: Request) -> str:
    """Return where the reader's browser reaches us; raises ``PageMissing`` without a host."""
    host = request.header("host") or ""
    if not _HOST.fullmatch(host):
        raise PageMissing
    return f"{'https' if is_secure(request) else 'http'}://{host}"


def is_secure(request: Request) -> bool:
    """Tell whether the reader's browser reaches us by TLS, which ends before us."""
    return request.header("x-forwarded-proto") == "https"


def beside_language(asked: Mapping[str, str]) -> str:
    """Write what an address asks but for its language, to put that behind it."""
    kept = [(name, value) for name, value in asked.items() if name != "lang"]
    return f"{urlencode(kept)}&" if kept else ""


def asked_of(request: Request) -> dict[str, str]:
    """Read what stands in the address."""
    return dict(parse_qsl(request.query.decode("latin-1")))


async def read_form(request: Request) -> dict[str, str]:
    """Read a form that was posted; raises ``FormRefused`` for one from another site."""
    if request.header("sec-fetch-site") not in {None, "same-origin", "none"}:
        raise FormRefused
    if request.header("origin") not in {None, origin_of(request)}:
        raise FormRefused
    kind = (request.header("content-type") or "").partition(";")[0].strip()
    if kind != _FORM:
        raise FormRefused
    try:
        return dict(parse_qsl((await request.body()).decode("ascii")))
    except (UnicodeDecodeError, ValueError) as error:
        raise FormRefused from error


def address_with(url: str, **said: str) -> str:
    """Add parameters to an address."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(said)}"


def origin_in(url: str) -> str:
    """Return the origin of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

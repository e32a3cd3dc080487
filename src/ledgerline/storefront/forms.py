"""Forms of pages: where the browser reaches us, and what is posted from our own pages."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from ledgerline.web.wire import Request

_HOST: Final = re.compile(r"[A-Za-z0-9.\[\]:-]{1,255}")
_FORM: Final = "application/x-www-form-urlencoded"


class PageMissing(Exception):
    """There is nothing at this address."""


class FormRefused(Exception):
    """The form is none of ours, or comes from another site."""


def origin_asked(request: Request) -> str:
    """Return where a browser reaches us; raises ``PageMissing`` for what is no host."""
    host = request.header("host") or ""
    if not _HOST.fullmatch(host):
        raise PageMissing
    secure = request.header("x-forwarded-proto") == "https"
    return f"{'https' if secure else 'http'}://{host}"


async def read_form(request: Request) -> dict[str, str]:
    """Read a form that was posted; raises ``FormRefused`` for one from another site."""
    if request.header("sec-fetch-site") not in {None, "same-origin", "none"}:
        raise FormRefused
    if request.header("origin") not in {None, origin_asked(request)}:
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


def origin_of(url: str) -> str:
    """Return the origin of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

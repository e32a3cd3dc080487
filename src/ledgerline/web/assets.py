"""Stylesheets, scripts and fonts: each under a name that holds its hash, so that it never changes.

A file is read and packed once a process. Whoever has it asks for it no more; a new release has new
names.
"""

import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from ledgerline.web.wire import Request, Response

PREFIX: Final = "/assets/"
_HASH_CHARACTERS: Final = 16
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_PACKAGE: Final = "ledgerline.web"
_CHARTS: Final = "ledgerline.charts"
_MARKS: Final = "marks.css"
_FONT: Final = "inter-latin.woff2"
_LAYERS: Final = ("tokens", "base", "components", "checkout", "portal")
_CONSOLE: Final = ("tokens", "base", "marks", "console")
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "woff2": "font/woff2",
        "svg": "image/svg+xml",
    }
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; ``packed`` is None where packing it gains nothing."""

    name: str
    media_type: str
    body: bytes
    packed: bytes | None


def read(name: str) -> bytes:
    """Read a file of the wheel."""
    return files(_PACKAGE).joinpath("static", name).read_bytes()


def stylesheet(layers: Sequence[str] = _LAYERS) -> bytes:
    """Join the layers of a stylesheet, with the font under its name."""
    text = "\n".join(_layer(f"{layer}.css") for layer in layers)
    return text.replace(f"url({_FONT})", f"url({PREFIX}{_asset(_FONT, read(_FONT)).name})").encode()


def _layer(name: str) -> str:
    """Read a layer; what charts are drawn with lies with them."""
    folder = files(_CHARTS) if name == _MARKS else files(_PACKAGE).joinpath("static")
    return folder.joinpath(name).read_text("utf-8")


_SOURCES: Final[Mapping[str, Callable[[], bytes]]] = MappingProxyType(
    {
        "ledgerline.css": stylesheet,
        "console.css": lambda: stylesheet(_CONSOLE),
        "console.js": lambda: read("console.js"),
        "postbox.css": lambda: read("postbox.css"),
        "checkout.js": lambda: read("checkout.js"),
        "mark.svg": lambda: read("mark.svg"),
        _FONT: lambda: read(_FONT),
    }
)


@cache
def assets() -> Mapping[str, Asset]:
    """Give every asset by its plain name."""
    return MappingProxyType({name: _asset(name, make()) for name, make in _SOURCES.items()})


def address(name: str) -> str:
    """Return where an asset is, below the origin."""
    return PREFIX + assets()[name].name


def serve(request: Request) -> Response | None:
    """Answer for an asset; None where it is none of this release."""
    found = _by_name().get(request.path.removeprefix(PREFIX))
    if found is None:
        return None
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    if found.packed is not None and takes_gzip(request):
        return Response(
            200, found.packed, found.media_type, {**headers, "Content-Encoding": "gzip"}
        )
    return Response(200, found.body, found.media_type, headers)


def takes_gzip(request: Request) -> bool:
    """Tell whether a browser reads what is packed."""
    return "gzip" in (request.listed("accept-encoding") or "")


def pack(body: bytes) -> bytes:
    """Pack for the wire; the same bytes give the same bytes."""
    return gzip.compress(body, 9, mtime=0)


def packed(request: Request, response: Response) -> Response:
    """Pack a page for the wire; it holds no secret beside what its reader sent."""
    is_page = (response.media_type or "").startswith("text/html")
    if not is_page or not takes_gzip(request):
        return response
    headers = {**response.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(response.status, pack(response.body), response.media_type, headers)


@cache
def _by_name() -> Mapping[str, Asset]:
    return {asset.name: asset for asset in assets().values()}


def _asset(name: str, body: bytes) -> Asset:
    stem, _, kind = name.rpartition(".")
    packed = pack(body)
    return Asset(
        name=f"{stem}.{hashlib.sha256(body).hexdigest()[:_HASH_CHARACTERS]}.{kind}",
        media_type=_TYPES[kind],
        body=body,
        packed=packed if len(packed) < len(body) * 0.95 else None,
    )

"""One request and one answer as values: what stands between the server and whoever answers."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ledgerline.web.refusals import Malformed, TooLarge

BODY_BYTES_MAX: Final = 256 * 1024

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class ClientGone(Exception):
    """Say that whoever asked left before the request was complete: nobody waits for an answer."""


@dataclass(slots=True)
class Request:
    """What was asked. ``path`` is decoded, ``query`` is not; ``headers`` has lower-case names.

    ``route`` is the address it was found to be of, for the log. ``place`` is the network address it
    came from, as the server says that is behind a proxy it trusts; empty where none is known.
    """

    id: str
    method: str
    path: str
    query: bytes
    headers: Sequence[tuple[str, str]]
    receive: Receive
    route: str | None = None
    place: str = ""

    def header(self, name: str) -> str | None:
        """Return a header that is given once or not at all; raises ``Malformed`` for two."""
        found = [value for known, value in self.headers if known == name]
        if len(found) > 1:
            raise Malformed(f"the header {name} is given once", header=name)
        return found[0].strip() if found else None

    def listed(self, name: str) -> str | None:
        """Return a header whose value is a list, which may be sent in several lines."""
        return ", ".join(value for known, value in self.headers if known == name) or None

    async def body(self) -> bytes:
        """Read the body; raises ``TooLarge`` as soon as that is known, and ``ClientGone``."""
        told = self.header("content-length") or ""
        if told.isascii() and told.isdigit() and int(told) > BODY_BYTES_MAX:
            raise TooLarge("a body has at most 256 KiB", bytes_max=BODY_BYTES_MAX)
        read = bytearray()
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            read += message.get("body", b"")
            if len(read) > BODY_BYTES_MAX:
                raise TooLarge("a body has at most 256 KiB", bytes_max=BODY_BYTES_MAX)
            if not message.get("more_body", False):
                return bytes(read)


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back; ``headers`` are those beside its type and length."""

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def request_of(scope: Scope, receive: Receive, *, id: str) -> Request:
    """Read the head of a request; names and values are Latin-1 on the wire."""
    return Request(
        id=id,
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"],
        headers=[
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in scope["headers"]
        ],
        receive=receive,
        place=(scope.get("client") or ("",))[0],
    )


async def write(send: Send, response: Response, *, fixed: Mapping[str, str], bare: bool) -> None:
    """Send an answer; ``bare`` sends its head alone, as HEAD is answered (RFC 9110 §9.3.2)."""
    headers = {**response.headers, **fixed}
    if response.media_type is not None:
        headers["content-type"] = response.media_type
        headers["content-length"] = str(len(response.body))
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if bare else response.body})

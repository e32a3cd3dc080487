"""The outermost layer: request ids, the tripwire on addresses, a log line, no silent crash."""

import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from ledgerline.api.answering import PROBLEM, REQUEST_ID, ROUTE
from ledgerline.api.errors import problem
from ledgerline.api.parsing import refuse_cards_in_address
from ledgerline.api.refusals import Internal
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, encode
from ledgerline.base.log import logger
from ledgerline.base.run import Run

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOG: Final = logger(__name__)
_OURS: Final = re.compile(rb"req_[0-7][0-9a-hjkmnp-tv-z]{25}")
_FIXED_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


def bounded(app: Asgi, run: Run) -> Asgi:
    """Wrap an application: every answer has an id, and every request leaves one log line."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, _request_id(scope, run))
        await exchange.run(app, receive)

    return serve


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_request_id", "_scope", "_send", "_started", "_status")

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        scope[REQUEST_ID] = request_id
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._started = time.monotonic()
        self._status: int | None = None

    async def run(self, app: Asgi, receive: Receive) -> None:
        try:
            refuse_cards_in_address(self._scope["path"], self._scope["query_string"])
            await app(self._scope, receive, self._on)
        except Rejected as refused:
            await self._refuse(refused)
        except Exception as error:  # noqa: BLE001 - the boundary: nothing may pass it unseen
            _LOG.error("defect", request_id=self._request_id, exc_info=error)
            if self._status is None:
                await self._refuse(Internal())
        _LOG.info(
            "request", method=self._scope["method"], route=self._scope.get(ROUTE),
            status=self._status, request_id=self._request_id,
            milliseconds=round((time.monotonic() - self._started) * 1000, 1),
        )  # fmt: skip

    async def _on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            given = (b"x-request-id", self._request_id.encode())
            message["headers"] = [*message.get("headers", ()), *_FIXED_HEADERS, given]
        await self._send(message)

    async def _refuse(self, refused: Rejected) -> None:
        shown = problem(refused, request_id=self._request_id)
        body = msgspec.json.encode(shown)
        headers = [
            (b"content-type", PROBLEM.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        start = {"type": "http.response.start", "status": shown.status, "headers": headers}
        await self._on(start)
        await self._on({"type": "http.response.body", "body": body})


def _request_id(scope: Scope, run: Run) -> str:
    """Keep an id that is ours in form, else make one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _OURS.fullmatch(value):
            return str(value.decode())
    return encode("req", run.new_id(Bucket(0)))

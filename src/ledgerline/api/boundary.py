"""The outermost layer: request ids, the tripwire on addresses, a log line, no silent crash."""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Final

from ledgerline.api.answering import refusal
from ledgerline.api.parsing import refuse_cards_in_address
from ledgerline.api.refusals import Internal
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, encode
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.web.wire import (
    Asgi,
    ClientGone,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    request_of,
    write,
)

_LOG: Final = logger(__name__)
_OURS: Final = re.compile(rb"req_[0-7][0-9a-hjkmnp-tv-z]{25}")
_FIXED_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def bounded(respond: Callable[[Request], Awaitable[Response]], run: Run) -> Asgi:
    """Make an application of ``respond``: each answer has an id, each request leaves a log line."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # no lifespan: pools are opened and closed by whoever serves
        started = time.monotonic()
        request = request_of(scope, receive, id=_request_id(scope, run))
        status = None
        response = await _response(respond, request)
        if response is not None:
            status = response.status
            fixed = {**_FIXED_HEADERS, "x-request-id": request.id}
            await write(send, response, fixed=fixed, bare=request.method == "HEAD")
        _LOG.info(
            "request", method=request.method, route=request.route, status=status,
            request_id=request.id, milliseconds=round((time.monotonic() - started) * 1000, 1),
        )  # fmt: skip

    return serve


async def _response(
    respond: Callable[[Request], Awaitable[Response]], request: Request
) -> Response | None:
    """Find an answer to anything; None when whoever asked has gone."""
    try:
        refuse_cards_in_address(request.path, request.query)
        return await respond(request)
    except Rejected as refused:
        return refusal(refused, request_id=request.id)
    except ClientGone:
        return None
    except Exception as error:  # noqa: BLE001 - the boundary: nothing may pass it unseen
        _LOG.error("defect", request_id=request.id, route=request.route, exc_info=error)
        return refusal(Internal(), request_id=request.id)


def _request_id(scope: Scope, run: Run) -> str:
    """Keep an id that is ours in form, else make one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _OURS.fullmatch(value):
            return str(value.decode())
    return encode("req", run.new_id(Bucket(0)))

"""The boundary of pages: each request is answered and logged, and no failure passes unseen."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ledgerline.base.cards import refuse_cards
from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.ids import Bucket, encode
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.web import assets
from ledgerline.web.forms import FormRefused, PageMissing
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
USUAL_FAULTS: Final[Mapping[type[Exception], HTTPStatus]] = {
    PageMissing: HTTPStatus.NOT_FOUND,
    FormRefused: HTTPStatus.FORBIDDEN,
    Rejected: HTTPStatus.BAD_REQUEST,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    OutcomeUnknown: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What is answered to what goes wrong; everything else is a defect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages of one process.

    ``name`` is what the log calls them, ``find`` answers a request or raises one of ``faults``, and
    ``fault`` renders a page for what went wrong. ``run`` must not have a fixed clock.
    """

    name: str
    run: Run
    find: Callable[[Request], Awaitable[Response]]
    fault: Callable[[Request, int], Response]
    faults: Mapping[type[Exception], HTTPStatus]


def serving(pages: Pages) -> Asgi:
    """Build the application that answers with some pages."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.monotonic()
        request = request_of(scope, receive, id=encode("req", pages.run.new_id(Bucket(0))))
        response = await _answer(pages, request)
        if response is not None:
            await write(
                send, assets.packed(request, response), fixed={"x-request-id": request.id},
                bare=request.method == "HEAD",
            )  # fmt: skip
        _LOG.info(
            "page", of=pages.name, method=request.method, route=request.route,
            status=None if response is None else response.status, request_id=request.id,
            milliseconds=round((time.monotonic() - started) * 1000, 1),
        )  # fmt: skip

    return serve


async def _answer(pages: Pages, request: Request) -> Response | None:
    """Find an answer to anything; None when whoever asked has gone."""
    try:
        refuse_cards([request.path, request.query.decode("latin-1")])
        return await pages.find(request)
    except ClientGone:
        return None
    except tuple(pages.faults) as failure:
        _LOG.warning("refused", of=pages.name, request_id=request.id, failure=str(failure))
        status = next(code for kind, code in pages.faults.items() if isinstance(failure, kind))
    except Exception as error:  # noqa: BLE001 - the boundary: nothing may pass it unseen
        _LOG.error("defect", request_id=request.id, route=request.route, exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
    return pages.fault(request, status)

"""The ASGI application of the storefront: finds the page, and lets no failure pass unseen."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ledgerline.base.cards import refuse_cards
from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.ids import Bucket, encode
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.payments.model import Psps
from ledgerline.storefront import checkout
from ledgerline.storefront.asking import Ask, fault
from ledgerline.storefront.portal import routes
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
_PATH: Final = re.compile(
    r"/checkout/(?P<reference>cs_[0-9a-z]{26}-[a-z2-7]{32})(?:/(?P<step>[a-z]{1,10}))?"
)
_HANDLERS: Final[Mapping[tuple[str, str], checkout.Handle]] = {
    ("GET", ""): checkout.show,
    ("GET", "state"): checkout.tell,
    ("GET", "return"): checkout.come_back,
    ("POST", "return"): checkout.come_back,
    ("POST", "pay"): checkout.pay,
    ("POST", "withdraw"): checkout.withdraw,
}
_FAULTS: Final[Mapping[type[Exception], HTTPStatus]] = {
    PageMissing: HTTPStatus.NOT_FOUND,
    FormRefused: HTTPStatus.FORBIDDEN,
    Rejected: HTTPStatus.BAD_REQUEST,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    OutcomeUnknown: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What is answered to what goes wrong; everything else is a defect."""
PREFIXES: Final = ("/checkout/", "/portal", assets.PREFIX)


@dataclass(frozen=True, slots=True)
class Site:
    """What one process answers with; each request fixes its own clock."""

    run: Run
    psps: Psps


def make_pages(run: Run, psps: Psps) -> Asgi:
    """Build the pages of one process; ``run`` must not have a fixed clock."""
    site = Site(run, psps)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.monotonic()
        request = request_of(scope, receive, id=encode("req", run.new_id(Bucket(0))))
        response = await _answer(site, request)
        if response is not None:
            await write(
                send, assets.packed(request, response), fixed={"x-request-id": request.id},
                bare=request.method == "HEAD",
            )  # fmt: skip
        _LOG.info(
            "page", method=request.method, route=request.route,
            status=None if response is None else response.status, request_id=request.id,
            milliseconds=round((time.monotonic() - started) * 1000, 1),
        )  # fmt: skip

    return serve


async def _answer(site: Site, request: Request) -> Response | None:
    """Find an answer to anything; None when whoever asked has gone."""
    try:
        refuse_cards([request.path, request.query.decode("latin-1")])
        return await _found(site, request)
    except ClientGone:
        return None
    except tuple(_FAULTS) as failure:
        _LOG.warning("page refused", request_id=request.id, failure=str(failure))
        status = next(code for kind, code in _FAULTS.items() if isinstance(failure, kind))
    except Exception as error:  # noqa: BLE001 - the boundary: nothing may pass it unseen
        _LOG.error("defect", request_id=request.id, route=request.route, exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
    return fault(request, status)


async def _found(site: Site, request: Request) -> Response:
    if request.path.startswith(assets.PREFIX):
        request.route = assets.PREFIX
        served = assets.serve(request) if request.method in {"GET", "HEAD"} else None
        if served is None:
            raise PageMissing
        return served
    if request.path.startswith("/portal"):
        environment = await site.run.environment()
        run, sandbox = site.run.at(environment.business_time), environment.kind == "sandbox"
        return await routes.answer(run, site.psps, request, sandbox=sandbox)
    found = _PATH.fullmatch(request.path)
    if found is None:
        raise PageMissing
    step = found["step"] or ""
    method = "GET" if request.method == "HEAD" else request.method
    handle = _HANDLERS.get((method, step))
    if handle is None:
        raise PageMissing
    request.route = f"/checkout/{{reference}}/{step}".rstrip("/")
    environment = await site.run.environment()
    run = site.run.at(environment.business_time)
    return await handle(await Ask.of(run, site.psps, request, found["reference"]))

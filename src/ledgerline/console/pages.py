"""The ASGI application of the console: finds the page, and lets nobody in who may not see it."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ledgerline.access.model import Role
from ledgerline.base.cards import refuse_cards
from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.ids import Bucket, encode
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.console.addresses import found, opened_by, places_for
from ledgerline.console.asking import Ask, plain, see_other
from ledgerline.console.entering import ENTRANCE, Visitor, enter, look, session_of, stand
from ledgerline.payments.model import Psps
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
PREFIX: Final = "/console"
_DOOR: Final = re.compile(r"/console/sign-in(?:/(?P<secret>[a-z2-7]{52}))?")
_AT_THE_DOOR: Final[Mapping[tuple[str, bool], Callable[[Visitor], Awaitable[Response]]]] = {
    ("GET", False): stand,
    ("GET", True): look,
    ("POST", True): enter,
}


class NotForThisRole(Exception):
    """Whoever asks works as somebody who does not do this."""


_FAULTS: Final[Mapping[type[Exception], HTTPStatus]] = {
    PageMissing: HTTPStatus.NOT_FOUND,
    FormRefused: HTTPStatus.BAD_REQUEST,
    NotForThisRole: HTTPStatus.FORBIDDEN,
    Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    OutcomeUnknown: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What is answered to what goes wrong; everything else is a defect."""


@dataclass(frozen=True, slots=True)
class Site:
    """What one process answers with; each request fixes its own clock."""

    run: Run
    psps: Psps


def make_console(run: Run, psps: Psps) -> Asgi:
    """Build the console of one process; ``run`` must not have a fixed clock."""
    site = Site(run, psps)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        started = time.monotonic()
        request = request_of(scope, receive, id=encode("req", run.new_id(Bucket(0))))
        response = await _answer(site, request)
        if response is not None:
            await write(
                send, assets.packed(request, response), fixed={"x-request-id": request.id},
                bare=request.method == "HEAD",
            )  # fmt: skip
        _LOG.info(
            "console", method=request.method, route=request.route,
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
        _LOG.warning("console refused", request_id=request.id, failure=str(failure))
        status = next(code for kind, code in _FAULTS.items() if isinstance(failure, kind))
    except Exception as error:  # noqa: BLE001 - the boundary: nothing may pass it unseen
        _LOG.error("defect", request_id=request.id, route=request.route, exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
    said = {"status": int(status), "reference": request.id}
    return plain(site.run, "wrong.html", said, status=status)


async def _found(site: Site, request: Request) -> Response:
    method = "GET" if request.method == "HEAD" else request.method
    environment = await site.run.environment()
    run = site.run.at(environment.business_time)
    door = _DOOR.fullmatch(request.path)
    if door is not None:
        request.route = f"{ENTRANCE}/{{secret}}" if door["secret"] else ENTRANCE
        handle = _AT_THE_DOOR.get((method, door["secret"] is not None))
        if handle is None:
            raise PageMissing
        return await handle(Visitor(run, request, environment, door.groupdict()))
    session = await session_of(run, request)
    if session is None:
        return see_other(ENTRANCE)
    opened = found(method, request.path)
    if opened is None:
        raise PageMissing
    route, path = opened
    request.route = route.path
    if Role(session.role) not in route.roles:
        raise NotForThisRole
    role = Role(session.role)
    ask = Ask(
        run=run, psps=site.psps, request=request, environment=environment, session=session,
        route=route.name, path=path, places=places_for(role), opened=opened_by(role),
    )  # fmt: skip
    return await route.handle(ask)

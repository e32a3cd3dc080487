"""The ASGI application of the console: finds the page, and lets nobody in who may not see it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ledgerline.access.contract import Provider
from ledgerline.access.model import Role
from ledgerline.base.errors import Rejected
from ledgerline.base.run import Run
from ledgerline.console.account import enter_by_password, stand
from ledgerline.console.addresses import found, opened_by, places_for
from ledgerline.console.asking import Ask, plain, see_other
from ledgerline.console.entering import ENTRANCE, Visitor, enter, look, session_of
from ledgerline.console.provider import BACK, GOING, come_back, go
from ledgerline.payments.model import Psps
from ledgerline.web.boundary import USUAL_FAULTS, Pages, serving
from ledgerline.web.forms import FormRefused, PageMissing
from ledgerline.web.wire import Asgi, Request, Response

PREFIX: Final = "/console"
_DOOR: Final = re.compile(r"/console/sign-in(?:/(?P<secret>[a-z2-7]{52}))?")
_AT_THE_DOOR: Final[Mapping[tuple[str, bool], Callable[[Visitor], Awaitable[Response]]]] = {
    ("GET", False): stand,
    ("GET", True): look,
    ("POST", False): enter_by_password,
    ("POST", True): enter,
}
_AT_THE_PROVIDER: Final[Mapping[tuple[str, str], Callable[[Visitor], Awaitable[Response]]]] = {
    ("GET", GOING): go,
    ("GET", BACK): come_back,
}


class NotForThisRole(Exception):
    """Whoever asks works as somebody who does not do this."""


_FAULTS: Final[Mapping[type[Exception], HTTPStatus]] = {
    **USUAL_FAULTS,
    FormRefused: HTTPStatus.BAD_REQUEST,
    NotForThisRole: HTTPStatus.FORBIDDEN,
    Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
}


@dataclass(frozen=True, slots=True)
class Site:
    """What one process answers with; each request fixes its own clock."""

    run: Run
    psps: Psps
    provider: Provider | None = None


def make_console(run: Run, psps: Psps, provider: Provider | None = None) -> Asgi:
    """Build the console of one process; ``run`` must not have a fixed clock."""
    site = Site(run, psps, provider)

    async def find(request: Request) -> Response:
        return await _found(site, request)

    def fault(request: Request, status: int) -> Response:
        said = {"status": int(status), "reference": request.id}
        return plain(run, request, "wrong.html", said, status=status)

    return serving(Pages(name="console", run=run, find=find, fault=fault, faults=_FAULTS))


async def _found(site: Site, request: Request) -> Response:
    method = "GET" if request.method == "HEAD" else request.method
    environment = await site.run.environment()
    run = site.run.at(environment.business_time)
    door = _DOOR.fullmatch(request.path)
    visitor = Visitor(
        run=run, request=request, environment=environment, provider=site.provider,
        path={} if door is None else door.groupdict(),
    )  # fmt: skip
    if door is not None:
        request.route = f"{ENTRANCE}/{{secret}}" if door["secret"] else ENTRANCE
        handle = _AT_THE_DOOR.get((method, door["secret"] is not None))
        if handle is None:
            raise PageMissing
        return await handle(visitor)
    abroad = _AT_THE_PROVIDER.get((request.method, request.path))
    if abroad is not None:
        request.route = request.path
        return await abroad(visitor)
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
    places = places_for(role, is_sandbox=environment.instant is not None)
    ask = Ask(
        run=run, psps=site.psps, request=request, environment=environment, session=session,
        route=route.name, path=path, places=places, opened=opened_by(role),
    )  # fmt: skip
    return await route.handle(ask)

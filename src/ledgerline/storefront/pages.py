"""The ASGI application of the storefront: finds the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledgerline.base.run import Run
from ledgerline.payments.model import Psps
from ledgerline.storefront import checkout, revising
from ledgerline.storefront.asking import Ask, fault
from ledgerline.storefront.portal import routes
from ledgerline.web import assets
from ledgerline.web.boundary import USUAL_FAULTS, Pages, serving
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Asgi, Request, Response

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
    ("POST", "coupon"): revising.enter_coupon,
    ("POST", "addon"): revising.choose_add_on,
}
PREFIXES: Final = ("/checkout/", "/portal", assets.PREFIX)


@dataclass(frozen=True, slots=True)
class Site:
    """What one process answers with; each request fixes its own clock."""

    run: Run
    psps: Psps


def make_pages(run: Run, psps: Psps) -> Asgi:
    """Build the pages of one process; ``run`` must not have a fixed clock."""
    site = Site(run, psps)

    async def find(request: Request) -> Response:
        return await _found(site, request)

    pages = Pages(name="storefront", run=run, find=find, fault=fault, faults=USUAL_FAULTS)
    return serving(pages)


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
    if handle is None and method == "GET" and ("POST", step) in _HANDLERS:
        handle = checkout.return_to_page  # a refused form stands here: its language is changed
    if handle is None:
        raise PageMissing
    request.route = f"/checkout/{{reference}}/{step}".rstrip("/")
    environment = await site.run.environment()
    run = site.run.at(environment.business_time)
    return await handle(await Ask.of(run, site.psps, request, found["reference"]))

"""Where each page of the portal is, and who answers it."""

import re
from typing import Final

from ledgerline.access.model import PortalLinkNotFound
from ledgerline.base.run import Run
from ledgerline.payments.model import Psps
from ledgerline.storefront.portal import (
    account,
    address,
    cards,
    credit,
    ending,
    entry,
    home,
    papers,
    paying,
    plan,
    resting,
)
from ledgerline.storefront.portal.cards import CARDS
from ledgerline.storefront.portal.visit import HOME, Handle, SignedOut, Visit, go_to
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Request, Response

_LINK: Final = re.compile(r"/portal/open/(?P<token>plk_[0-9a-z]{26}-[a-z2-7]{52})")
_KINDS: Final = {
    "invoice": "inv_[0-9a-z]{26}",
    "subscription": "sub_[0-9a-z]{26}",
    "payment_method": "pm_[0-9a-z]{26}",
    "paper": "(?:inv|cn|rcp)_[0-9a-z]{26}",
    "plan": "[a-z0-9_]{1,64}",
    "year": "20[0-9]{2}",
    "drawn": "[a-z2-7]{16}",
}
ROUTES: Final[tuple[tuple[str, str, Handle], ...]] = (
    ("GET", "", home.show),
    ("POST", "/leave", entry.leave),
    ("GET", "/pay", paying.show_oldest),
    ("GET", "/pay/{invoice}", paying.show),
    ("POST", "/pay/{invoice}", paying.pay),
    ("GET", "/pay/{invoice}/return", paying.come_back),
    ("GET", "/pay/{invoice}/state", paying.tell),
    ("GET", "/cards", cards.show),
    ("GET", "/cards/new", cards.show_new),
    ("POST", "/cards/new", cards.add),
    ("GET", "/cards/added/{drawn}", cards.show_added),
    ("GET", "/cards/added/{drawn}/return", cards.come_back),
    ("GET", "/cards/added/{drawn}/state", cards.tell),
    ("POST", "/cards/{payment_method}/use", cards.use),
    ("POST", "/cards/{payment_method}/remove", cards.remove),
    ("GET", "/plan", plan.show_newest),
    ("GET", "/plan/{subscription}", plan.show),
    ("GET", "/plan/{subscription}/{plan}", plan.preview),
    ("POST", "/plan/{subscription}/{plan}", plan.change),
    ("GET", "/plan/{subscription}/{plan}/return", plan.come_back),
    ("POST", "/undo/{subscription}", plan.undo),
    ("GET", "/cancel", ending.show_newest),
    ("GET", "/cancel/{subscription}", ending.show),
    ("POST", "/cancel/{subscription}", ending.cancel),
    ("GET", "/withdraw/{subscription}", ending.show_withdrawal),
    ("POST", "/withdraw/{subscription}", ending.withdraw),
    ("GET", "/pause/{subscription}", resting.show_pause),
    ("POST", "/pause/{subscription}", resting.pause),
    ("GET", "/resume/{subscription}", resting.show_resumption),
    ("POST", "/resume/{subscription}", resting.resume),
    ("GET", "/resume/{subscription}/return", plan.come_back),
    ("GET", "/papers", papers.show),
    ("GET", "/papers/{year}.zip", papers.pack),
    ("GET", "/documents/{paper}.pdf", papers.print_),
    ("GET", "/credit", credit.show),
    ("POST", "/credit", credit.pay_out),
    ("GET", "/address", address.show),
    ("POST", "/address", address.change),
    ("GET", "/account", account.show),
    ("GET", "/account/record.json", account.export),
    ("POST", "/account/erase", account.erase),
)
"""Method, address below ``/portal``, and who answers. What a bank posts back is answered by all."""


def _pattern(path: str) -> re.Pattern[str]:
    named = re.sub(r"\{(\w+)\}", lambda found: f"(?P<{found[1]}>{_KINDS[found[1]]})", path)
    return re.compile(HOME + named.replace(".pdf", "[.]pdf").replace(".zip", "[.]zip"))


_FOUND: Final = tuple((method, path, _pattern(path), handle) for method, path, handle in ROUTES)


async def answer(run: Run, psps: Psps, request: Request, *, sandbox: bool) -> Response:
    """Answer a request below ``/portal``; raises ``PageMissing`` and ``FormRefused``.

    A bank may send its payer back by a form of its own, without our cookie: they come again by a
    link, with it.
    """
    method = "GET" if request.method == "HEAD" else request.method
    link = _LINK.fullmatch(request.path)
    if link is not None:
        request.route = "/portal/open/{token}"
        return await _open(run, request, link["token"], method=method, sandbox=sandbox)
    if method == "POST" and request.path.endswith("/return"):
        return go_to(request.path)
    for known, path, pattern, handle in _FOUND:
        found = pattern.fullmatch(request.path)
        if known == method and found is not None:
            request.route = f"{HOME}{path}"
            try:
                visit = await Visit.of(run, psps, request, found.groupdict())
            except SignedOut:
                return entry.say_signed_out(run, request)
            return await handle(visit)
    if method == "GET" and any(pattern.fullmatch(request.path) for _, _, pattern, _ in _FOUND):
        return _page_of(request)
    raise PageMissing


def _page_of(request: Request) -> Response:
    """Send who asks for the address of a form to the page that it is on.

    The answer to a form stands there, and its language is changed or it is loaded again.
    """
    asked = request.query.decode("latin-1")
    to = CARDS if request.path.startswith(f"{CARDS}/") else HOME
    return go_to(f"{to}?{asked}" if asked else to)


async def _open(run: Run, request: Request, token: str, *, method: str, sandbox: bool) -> Response:
    try:
        if method == "GET":
            return await entry.show_link(run, request, token)
        if method == "POST":
            return await entry.use_link(run, request, token, sandbox=sandbox)
    except PortalLinkNotFound as missing:
        raise PageMissing from missing
    raise PageMissing

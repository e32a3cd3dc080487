"""The way in by an identity provider: there, and back once."""

from typing import Final

from ledgerline.access.contract import Provider
from ledgerline.access.model import EmailRefused, EmailTaken, LastOwner, ProviderRefused
from ledgerline.base.errors import Unavailable
from ledgerline.base.log import logger
from ledgerline.console.account import door
from ledgerline.console.asking import see_other
from ledgerline.console.entering import ENTRANCE, Visitor, let_in, require_private
from ledgerline.console.speech import cookie_in
from ledgerline.flows.go_to_provider import WAY_LASTS, go_to_provider
from ledgerline.flows.sign_in_by_provider import Back, sign_in_by_provider
from ledgerline.web.forms import PageMissing, asked_of, is_secure, origin_of
from ledgerline.web.wire import Request, Response

GOING: Final = f"{ENTRANCE}/provider"
BACK: Final = f"{GOING}/back"
_LOG: Final = logger(__name__)


async def go(visitor: Visitor) -> Response:
    """Send a browser to the provider; a link and no form, since a form may not lead elsewhere."""
    provider = _provider(visitor)
    try:
        sent = await go_to_provider(visitor.run, provider, redirect=_redirect(visitor))
    except (ProviderRefused, Unavailable) as failure:
        return _refused(visitor, failure)
    return see_other(sent.address, **{"Set-Cookie": _cookie(visitor.request, sent.browser)})


async def come_back(visitor: Visitor) -> Response:
    """Let in whom the provider names; it leads to the console and nowhere else."""
    provider, said = _provider(visitor), asked_of(visitor.request)
    if said.get("iss", provider.issuer) != provider.issuer or "code" not in said:
        return _refused(visitor, ProviderRefused("the provider gave no code, or is another one"))
    back = Back(
        code=said["code"], state=said.get("state", ""), redirect=_redirect(visitor),
        browser=cookie_in(visitor.request, _name(visitor.request)) or "",
    )  # fmt: skip
    try:
        shown = await sign_in_by_provider(visitor.run, provider, back, route=f"GET {BACK}")
    except (ProviderRefused, LastOwner, EmailRefused, EmailTaken, Unavailable) as failure:
        return _refused(visitor, failure)
    return let_in(visitor, shown)


def _provider(visitor: Visitor) -> Provider:
    require_private(visitor)
    if visitor.provider is None:
        raise PageMissing
    return visitor.provider


def _redirect(visitor: Visitor) -> str:
    return f"{origin_of(visitor.request)}{BACK}"


def _refused(visitor: Visitor, failure: Exception) -> Response:
    """Say that it did not work; why stands in the log, for it may say who works here."""
    _LOG.warning("not let in", request_id=visitor.request.id, failure=str(failure))
    return door(visitor, state="foreign", status=403)


def _name(request: Request) -> str:
    return "__Host-ledgerline-going" if is_secure(request) else "ledgerline-going"


def _cookie(request: Request, value: str) -> str:
    secure = "; Secure" if is_secure(request) else ""
    lasts = int(WAY_LASTS.total_seconds())
    return f"{_name(request)}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={lasts}{secure}"

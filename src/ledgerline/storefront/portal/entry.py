"""Into the portal and out of it: a link shows a button, and only the click uses it up."""

from typing import Final

from ledgerline.access.model import PortalLinkExpired, PortalLinkUsed, PortalPage
from ledgerline.access.rows import PortalRow
from ledgerline.access.rules.portal import LinkState
from ledgerline.base.run import Run
from ledgerline.flows.find_portal_link import find_portal_link
from ledgerline.flows.leave_portal import leave_portal
from ledgerline.flows.open_portal import open_portal
from ledgerline.flows.read_shop import read_shop
from ledgerline.flows.visit_portal import visit_portal
from ledgerline.storefront.asking import HTML, PACKAGE
from ledgerline.storefront.portal.visit import (
    HOME,
    Visit,
    go_to,
    language_asked,
    new_nonce,
    session_cookie,
    session_token,
)
from ledgerline.storefront.shown import logo_of
from ledgerline.web.forms import FormRefused, read_form
from ledgerline.web.links import form_token, is_form_token, portal_path
from ledgerline.web.pages import fill
from ledgerline.web.policy import headers_of
from ledgerline.web.wire import Request, Response

_PURPOSE: Final = "open portal"
LEADS: Final = {
    PortalPage.HOME: HOME,
    PortalPage.PAY: f"{HOME}/pay",
    PortalPage.UPDATE_METHOD: f"{HOME}/cards/new",
    PortalPage.CHANGE: f"{HOME}/plan",
    PortalPage.CANCEL: f"{HOME}/cancel",
}


async def show_link(run: Run, request: Request, token: str) -> Response:
    """Show the button of a link; raises ``PortalLinkNotFound``. A look uses nothing up.

    Whoever is in already, by this link or another, is led on by one that opens nothing any more.
    """
    row, state = await find_portal_link(run, token)
    if state is not LinkState.READY and await _is_in(run, request, row):
        return go_to(LEADS[PortalPage(row.leads_to)])
    customer, seller, _ = await read_shop(run, row.customer_id)
    said: dict[str, object] = {
        "why": state.value, "seller": seller, "logo": logo_of(seller), "to": portal_path(token),
        "hidden": {"form": form_token(run.keyring.kek, _PURPOSE, token)},
    }  # fmt: skip
    status = 200 if state is LinkState.READY else 410
    return _gate(run, request, said, locale=customer.locale, status=status)


async def _is_in(run: Run, request: Request, link: PortalRow) -> bool:
    """Say whether the browser has a session of the customer whom a link is for."""
    session = await visit_portal(run, session_token(request))
    return session is not None and session.customer_id == link.customer_id


async def use_link(run: Run, request: Request, token: str, *, sandbox: bool) -> Response:
    """Open the session of a link; one that is used or too old says so, as a look does."""
    form = await read_form(request)
    if not is_form_token(run.keyring.kek, form.get("form", ""), _PURPOSE, token):
        raise FormRefused
    try:
        opened = await open_portal(run, token)
    except (PortalLinkUsed, PortalLinkExpired):
        return await show_link(run, request, token)
    to = go_to(LEADS[PortalPage(opened.row.leads_to)])
    headers = {**to.headers, **session_cookie(request, opened.token, sandbox=sandbox)}
    return Response(to.status, to.body, to.media_type, headers)


def say_signed_out(run: Run, request: Request, *, status: int = 401) -> Response:
    """Say that there is no session, and what to do."""
    said: dict[str, object] = {"why": "over", "seller": None, "logo": None, "hidden": {}, "to": ""}
    return _gate(run, request, said, locale="", status=status)


async def leave(visit: Visit) -> Response:
    """Sign out."""
    await visit.form()
    await leave_portal(visit.run, visit.session)
    answer = say_signed_out(visit.run, visit.request, status=200)
    headers = {**answer.headers, **session_cookie(visit.request, "", sandbox=True)}
    return Response(answer.status, answer.body, answer.media_type, headers)


def _gate(
    run: Run, request: Request, said: dict[str, object], *, locale: str, status: int
) -> Response:
    language, nonce = language_asked(request, locale), new_nonce(run)
    body = fill(
        PACKAGE, "portal_gate.html", language.code,
        {
            "language": language, "nonce": nonce, "state": "gate", "watch": "", "leaving": None,
            "kept": "",
            **said,
        },
    )  # fmt: skip
    return Response(status, body, HTML, headers_of(nonce))

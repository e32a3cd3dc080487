"""The way in and out: a link that is used up by a button, and sessions that may be ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledgerline.access import views
from ledgerline.access.contract import Provider
from ledgerline.access.model import LinkNotUsable
from ledgerline.access.rows import SessionView
from ledgerline.access.rules.people import MANAGERS
from ledgerline.access.rules.sessions import is_open, is_worth_seeing
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.run import EnvironmentRow, Run
from ledgerline.console.asking import Ask, cookie_name, cookie_of, path_of, plain, see_other
from ledgerline.flows.end_sessions import end_sessions
from ledgerline.flows.make_sign_in_link import hash_secret
from ledgerline.flows.see_session import see_session
from ledgerline.flows.sign_in import sign_in
from ledgerline.web.forms import FormRefused, PageMissing, is_secure, read_form
from ledgerline.web.links import form_token, is_form_token
from ledgerline.web.wire import Request, Response

ENTRANCE: Final = "/console/sign-in"
HOME: Final = "/console"
SECTION: Final = "/console/sessions"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the door."""

    run: Run
    request: Request
    environment: EnvironmentRow
    path: Mapping[str, str]
    provider: Provider | None = None


async def session_of(run: Run, request: Request) -> SessionView | None:
    """Find the session that a browser shows, as long as it opens anything."""
    shown = cookie_of(request)
    if not shown:
        return None
    async with run.reading() as read:
        found = await views.session(read, secret_hash=hash_secret(run, "session", shown))
    now = run.wall()
    if found is None or not is_open(found, now):
        return None
    if is_worth_seeing(found, now) and not await see_session(run, found.id):
        return None
    return found


async def look(visitor: Visitor) -> Response:
    """Show a button: whoever only looks at a link, as scanners of mail do, uses nothing up."""
    require_private(visitor)
    secret = visitor.path["secret"]
    hidden = {"form": form_token(visitor.run.keyring.kek, "console sign-in", secret)}
    return plain(
        visitor.run, visitor.request, "enter.html",
        {"state": "open", "here": f"{ENTRANCE}/{secret}", "hidden": hidden},
    )  # fmt: skip


async def enter(visitor: Visitor) -> Response:
    """Use a link up and begin a session."""
    require_private(visitor)
    secret, run = visitor.path["secret"], visitor.run
    form = await read_form(visitor.request)
    if not is_form_token(run.keyring.kek, form.get("form", ""), "console sign-in", secret):
        raise FormRefused
    try:
        shown = await sign_in(run, secret, route=f"POST {ENTRANCE}/{{secret}}")
    except LinkNotUsable:
        said = {"state": "spent", "here": "", "hidden": {}}
        return plain(run, visitor.request, "enter.html", said, status=410)
    return let_in(visitor, shown)


def let_in(visitor: Visitor, shown: str) -> Response:
    """Send a browser on with the cookie of a session that began."""
    return see_other(HOME, **{"Set-Cookie": _cookie(visitor.request, shown)})


async def leave(ask: Ask) -> Response:
    """End the session that is shown."""
    form = await ask.form()
    key = ask.run.keyring.kek
    if not is_form_token(key, form.get("form", ""), "console", str(ask.session.id), "sign-out"):
        raise FormRefused
    await end_sessions(
        ask.run, ask.session.person_id, session_id=ask.session.id, by=ask.actor, route=ask.route
    )
    gone = f"{_cookie(ask.request, '')}; Max-Age=0"
    return see_other(ENTRANCE, **{"Set-Cookie": gone})


async def sessions(ask: Ask) -> Response:
    """Show who is signed in: oneself, and for those who manage people everybody."""
    now = ask.run.wall()
    async with ask.run.reading() as read:
        rows = [one for one in await views.sessions(read) if is_open(one, now)]
    mine = [one for one in rows if one.person_id == ask.session.person_id]
    shown = rows if ask.role in MANAGERS else mine
    said = [(one, encode(PREFIXES["session"], one.id)) for one in shown]
    return ask.page(
        "sessions.html",
        {
            "sessions": said,
            "hidden": ask.sealed(),
            "section": SECTION,
        },
    )


async def end(ask: Ask) -> Response:
    """End a session, of oneself or, for those who manage people, of anybody."""
    form = await ask.form()
    ask.require_sealed(form)
    async with ask.run.reading() as read:
        rows = await views.sessions(read)
    named = form.get("session", "")
    found = next((one for one in rows if encode(PREFIXES["session"], one.id) == named), None)
    is_mine = found is not None and found.person_id == ask.session.person_id
    if found is None or not (is_mine or ask.role in MANAGERS):
        raise PageMissing
    everything = form.get("all") == "yes"
    await end_sessions(
        ask.run, found.person_id, session_id=None if everything else found.id, by=ask.actor,
        route=ask.route,
    )  # fmt: skip
    leads = path_of("person", found.person_id) if form.get("from") == "person" else SECTION
    return see_other(f"{leads}?done=session_ended")


def require_private(visitor: Visitor) -> None:
    """Refuse to sign anybody in where others could read along; raises ``PageMissing``.

    Without TLS only this very machine is private, and only a sandbox may do without.
    """
    host = (visitor.request.header("host") or "").rpartition(":")[0]
    here = host in _LOOPBACK or visitor.request.header("host") in _LOOPBACK
    if not is_secure(visitor.request) and not (here and visitor.environment.kind == "sandbox"):
        raise PageMissing


def _cookie(request: Request, value: str) -> str:
    secure = "; Secure" if is_secure(request) else ""
    return f"{cookie_name(request)}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"

"""One's own account, and the way in by a password."""

from typing import Final

from ledgerline.access import views
from ledgerline.access.model import SignInRefused, TooManySignIns
from ledgerline.access.rules.passwords import LENGTH_MAX, LENGTH_MIN
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PersonId
from ledgerline.console.asking import Ask, plain, see_other
from ledgerline.console.entering import ENTRANCE, Visitor, let_in, require_private
from ledgerline.flows.make_sign_in_link import text_of
from ledgerline.flows.set_password import Choice, needs_current, set_password
from ledgerline.flows.sign_in_by_password import sign_in_by_password
from ledgerline.web.forms import FormRefused, read_form
from ledgerline.web.links import form_token, is_form_token
from ledgerline.web.wire import Response

PATH: Final = "/console/account"
_DONE: Final = f"{PATH}?done=password_set"
_NONCE_BYTES: Final = 16


async def stand(visitor: Visitor) -> Response:
    """Show the ways in to somebody who is not signed in."""
    return door(visitor)


async def enter_by_password(visitor: Visitor) -> Response:
    """Begin a session by e-mail address and password; what is wrong is not said."""
    require_private(visitor)
    form, run = await read_form(visitor.request), visitor.run
    nonce = form.get("nonce", "")
    if not is_form_token(run.keyring.kek, form.get("form", ""), "console sign-in", nonce):
        raise FormRefused
    email = form.get("email", "")
    try:
        shown = await sign_in_by_password(
            run, email, form.get("password", ""), place=visitor.request.place,
            route=f"POST {ENTRANCE}",
        )  # fmt: skip
    except SignInRefused:
        return door(visitor, state="refused", email=email, status=422)
    except TooManySignIns as held:
        wait = {"Retry-After": str(held.facts["retry_after_seconds"])}
        return door(visitor, state="held", email=email, status=429, **wait)
    return let_in(visitor, shown)


def door(
    visitor: Visitor, *, state: str = "closed", email: str = "", status: int = 200, **more: str
) -> Response:
    """Show the ways in, and in which ``state`` somebody stands there."""
    run = visitor.run
    nonce = text_of(run.random(_NONCE_BYTES))
    hidden = {
        "nonce": nonce, "form": form_token(run.keyring.kek, "console sign-in", nonce),
    }  # fmt: skip
    said = {
        "state": state, "here": ENTRANCE, "hidden": hidden, "email": email[:200],
        "provider": "" if visitor.provider is None else visitor.provider.name,
    }  # fmt: skip
    page = plain(run, visitor.request, "enter.html", said, status=status)
    return Response(page.status, page.body, page.media_type, {**page.headers, **more})


async def show(ask: Ask) -> Response:
    """Show as what one works, and let one choose a password."""
    return await _shown(ask)


async def choose(ask: Ask) -> Response:
    """Keep the password that was chosen."""
    form = await ask.form()
    ask.require_sealed(form)
    if await _is_done(ask, form["nonce"]):
        return see_other(_DONE)
    if form.get("password", "") != form.get("again", ""):
        return await _shown(ask, alert=ask.say("The two are not the same."))
    choice = Choice(
        password=form.get("password", ""), current=form.get("current", ""), place=ask.request.place
    )
    try:
        await set_password(ask.run, ask.session, choice, route=ask.route, key=form["nonce"])
    except Rejected as refused:
        # Also a click that came before this one, and was at work meanwhile, has done it.
        if not await _is_done(ask, form["nonce"]):
            return await _shown(ask, alert=ask.say(refused.detail))
    return see_other(_DONE)


async def _is_done(ask: Ask, key: str) -> bool:
    async with ask.run.reading() as read:
        return await views.done(read, actor=ask.actor, key=key) is not None


async def _shown(ask: Ask, *, alert: str = "") -> Response:
    now = ask.run.wall()
    async with ask.run.reading() as read:
        [row] = await views.colleagues(
            read, id=PersonId(ask.session.person_id), begun_after=now, seen_after=now
        )
    has_one = row.password_set_at is not None
    return ask.page(
        "account.html",
        {
            "row": row, "alert": alert, "hidden": ask.sealed_for(f"{PATH}/password"),
            "asks_current": has_one and needs_current(ask.session, ask.run),
            "length_min": LENGTH_MIN, "length_max": LENGTH_MAX, "section": PATH,
        },
        status=422 if alert else 200,
    )  # fmt: skip

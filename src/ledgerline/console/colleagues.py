"""People: who works here, as what, and how they come in; invited, changed and put out."""

from typing import Final

from ledgerline.access import views
from ledgerline.access.model import IDLE_MAX, SESSION_LASTS, AlreadyDone, Role
from ledgerline.access.rows import ColleagueView
from ledgerline.access.rules.people import actor_of
from ledgerline.access.rules.sessions import is_open
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PREFIXES, PersonId, encode
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask, path_of
from ledgerline.flows.add_person import NewPerson, add_person, check_newcomer
from ledgerline.flows.change_person import change_person, check_change
from ledgerline.flows.claim_key import Command
from ledgerline.flows.make_sign_in_link import make_sign_in_link
from ledgerline.web.forms import PageMissing, origin_of
from ledgerline.web.links import sign_in_path
from ledgerline.web.refusals import Malformed
from ledgerline.web.wire import Response

SECTION: Final = "/console/people"


async def list_(ask: Ask) -> Response:
    """List everybody who works here, or did."""
    rows = await _colleagues(ask)
    return ask.page(
        "people.html",
        {"people": [(one, path_of("person", one.id)) for one in rows], "section": SECTION},
    )


async def show(ask: Ask) -> Response:
    """Show one of them, and where they are signed in."""
    return await _shown(ask, await _read(ask))


async def invite(ask: Ask) -> Response:
    """Make a link that signs somebody in, and show it: once, for it is kept nowhere."""
    form = await ask.form()
    ask.require_sealed(form)
    row = await _read(ask)
    try:
        secret = await make_sign_in_link(
            ask.run, actor_of(row.id), by=ask.actor, route=ask.route, key=form["nonce"]
        )
    except AlreadyDone:
        again = ask.say("This link was shown before, and is kept nowhere. Make another one.")
        return await _shown(ask, row, alert=again)
    except Rejected as refused:
        return await _shown(ask, row, alert=ask.say(refused.detail))
    return await _shown(ask, row, link=f"{origin_of(ask.request)}{sign_in_path(secret)}")


async def _shown(ask: Ask, row: ColleagueView, *, link: str = "", alert: str = "") -> Response:
    now = ask.run.wall()
    async with ask.run.reading() as read:
        sessions = [
            (one, encode(PREFIXES["session"], one.id))
            for one in await views.sessions(read)
            if one.person_id == row.id and is_open(one, now)
        ]
    path = path_of("person", row.id) or ""
    return ask.page(
        "person.html",
        {
            "row": row, "path": path, "sessions": sessions, "link": link, "alert": alert,
            "invites": ask.sealed_for(f"{path}/link"), "ends": ask.sealed_for("/console/sessions"),
            "name_of_actor": actor_of(row.id), "mine": row.id == ask.session.person_id,
            "section": SECTION,
        },
        status=422 if alert else 200,
    )  # fmt: skip


async def _colleagues(ask: Ask, id: PersonId | None = None) -> list[ColleagueView]:
    now = ask.run.wall()
    async with ask.run.reading() as read:
        return await views.colleagues(
            read, id=id, begun_after=now - SESSION_LASTS, seen_after=now - IDLE_MAX
        )


async def _read(ask: Ask) -> ColleagueView:
    rows = await _colleagues(ask, PersonId(ask.id("person")))
    if not rows:
        raise PageMissing
    return rows[0]


async def _find(ask: Ask) -> Home[ColleagueView]:
    row = await _read(ask)
    return Home(
        of=row,
        path=path_of("person", row.id) or "",
        label=noted("Person"),
        kind="person",
        id=row.id,
    )


async def _here(ask: Ask) -> Home[None]:
    return Home(
        of=None, path=SECTION, label=noted("People"), kind="person", id=ask.session.person_id
    )  # fmt: skip


def _newcomer(ask: Ask, _: None) -> list[Field]:
    return [_as_what(ask, Role.SUPPORT.value)]


def _roles(ask: Ask, row: ColleagueView) -> list[Field]:
    return [_as_what(ask, row.role)]


def _as_what(ask: Ask, role: str) -> Field:
    choices = [(one.value, ask.writer.word(one.value)) for one in Role]
    return Field(name="role", label=noted("Works as"), choices=choices, value=role)


def _role(ask: Ask, said: Said) -> Role:
    try:
        return Role(said["role"])
    except (KeyError, ValueError) as wrong:
        raise Malformed(ask.say("one of the roles")) from wrong


async def _preview_add(ask: Ask, _: None, said: Said) -> Preview:
    role = _role(ask, said)
    await check_newcomer(ask.run, role, by=ask.actor)
    word = ask.writer.word(role)
    return Preview(
        sentence=ask.say(
            "They may work here. Next, make a link on their page and send it to them: it signs"
            " them in once, within a day."
        ),
        button=ask.say("Let them in as %(role)s", role=word),
        seal=role.value,
        facts=((ask.say("Works as"), word),),
    )


async def _add(ask: Ask, _: None, said: Said, command: Command) -> None:
    new = NewPerson(said["email"], said["name"], _role(ask, said))
    await add_person(ask.run, new, by=ask.actor, route=ask.route, key=command.key)


async def _preview_role(ask: Ask, row: ColleagueView, said: Said) -> Preview:
    role = _role(ask, said)
    await check_change(ask.run, row.id, role=role, by=ask.actor)
    word = ask.writer.word(role)
    return Preview(
        sentence=ask.say("It holds from their next click on.")
        if row.disabled_at is None
        else ask.say("They work here again, once somebody makes a link for them."),
        button=ask.say("Make %(name)s %(role)s", name=row.name, role=word),
        seal=f"{row.role} {row.disabled_at} {role}",
        facts=((ask.say("Works as"), ask.writer.word(row.role)), (ask.say("From now on"), word)),
    )


async def _change_role(ask: Ask, row: ColleagueView, said: Said, command: Command) -> None:
    await change_person(
        ask.run,
        actor_of(row.id),
        role=_role(ask, said),
        by=ask.actor,
        route=ask.route,
        key=command.key,
    )


async def _preview_disable(ask: Ask, row: ColleagueView, _: Said) -> Preview:
    await check_change(ask.run, row.id, role=None, by=ask.actor)
    return Preview(
        sentence=ask.say(
            "They are signed out everywhere and let in no more. What they did stays told."
        ),
        button=ask.say("Disable %(name)s", name=row.name),
        seal=f"{row.role} {row.disabled_at}",
        facts=(
            (ask.say("Works as"), ask.writer.word(row.role)),
            (ask.say("Signed in"), str(row.open_sessions)),
        ),
    )


async def _disable(ask: Ask, row: ColleagueView, _: Said, command: Command) -> None:
    await change_person(
        ask.run, actor_of(row.id), role=None, by=ask.actor, route=ask.route, key=command.key
    )


_WHO: Final = (
    Field(name="email", label=noted("E-mail address"), hint=noted("Nobody else here has it.")),
    Field(name="name", label=noted("Name"), hint=noted("As colleagues see it.")),
)
ADD: Final = Action(
    name="person_added", heading=noted("Invite somebody"), find=_here, preview=_preview_add,
    carry_out=_add, asks=_newcomer, words=_WHO,
)  # fmt: skip
ROLE: Final = Action(
    name="role_changed", heading=noted("Change role"), find=_find, preview=_preview_role,
    carry_out=_change_role, asks=_roles,
)  # fmt: skip
DISABLE: Final = Action(
    name="person_disabled", heading=noted("Disable"), find=_find, preview=_preview_disable,
    carry_out=_disable,
)  # fmt: skip

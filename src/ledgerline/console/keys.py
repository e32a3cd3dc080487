"""API keys: who may call, what they may do, when they last did, and what they sent with a key."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

from ledgerline.access import views
from ledgerline.access.rows import AskedView, ListedKeyView
from ledgerline.base.saying import noted
from ledgerline.console.actions import (
    Action,
    Field,
    Home,
    Make,
    Preview,
    Said,
    never,
    shown_once,
)
from ledgerline.console.asking import Ask, path_of
from ledgerline.flows.claim_key import Command
from ledgerline.flows.create_api_key import NewApiKey, key_uuid, new_key_id
from ledgerline.flows.create_asked_key import create_asked_key
from ledgerline.flows.revoke_api_key import revoke_api_key
from ledgerline.flows.roll_api_key import Roll, roll_api_key
from ledgerline.web.forms import PageMissing
from ledgerline.web.refusals import Malformed
from ledgerline.web.wire import Response

T = TypeVar("T")
SECTION: Final = "/console/keys"
REQUESTS: Final = 50
AMONG: Final = 5_000
"""Among how many of the newest kept keys those of one caller are looked for."""
NAME_MAX: Final = 60
KEY_MAX: Final = 255
_SCOPES: Final = (("read", noted("Read")), ("write", noted("Read and write")))
_LASTS: Final = (
    ("30", noted("30 days")), ("90", noted("90 days")), ("365", noted("A year")),
    ("none", noted("Until it is revoked")),
)  # fmt: skip


_BOTH: Final = (
    ("1", noted("1 hour")), ("24", noted("A day")), ("168", noted("7 days")),
    ("720", noted("30 days")),
)  # fmt: skip


class Listed(NamedTuple):
    """A key, and whether it opens anything."""

    row: ListedKeyView
    state: str


class Rolled(NamedTuple):
    """A key that is rolled, and the public part of the one that follows it."""

    row: ListedKeyView
    new_id: str


async def list_(ask: Ask) -> Response:
    """List keys, and what callers sent with an idempotency key."""
    sought = ask.asked.get("key", "").strip()[:KEY_MAX]
    of = ask.asked.get("of") or None
    async with ask.run.reading() as read:
        keys = await views.api_keys(read)
        requests = (
            await views.asked_under(read, key=sought, limit=REQUESTS)
            if sought
            else await views.asked(read, principal=of, among=AMONG, limit=REQUESTS)
        )
    return ask.page(
        "keys.html",
        {
            "keys": [Listed(one, _state(one, ask.run.wall())) for one in keys],
            "requests": [(one, _customer(ask, one)) for one in requests], "sought": sought,
            "of": of or "", "among": AMONG, "section": SECTION,
        },
    )  # fmt: skip


def _state(row: ListedKeyView, now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now else "active"


def _customer(ask: Ask, row: AskedView) -> str | None:
    if row.customer_id is None or not ask.may("/console/customers/{id}"):
        return None
    return path_of("customer", row.customer_id)


async def _new(ask: Ask) -> Home[str]:
    key_id = new_key_id(ask.run)
    return Home(of=key_id, path=SECTION, label=noted("Keys"), kind="api_key", id=key_uuid(key_id))


def _choices(_: Ask, __: str) -> Sequence[Field]:
    return (
        Field(
            name="name", label=noted("Who uses it"), value="shop",
            hint=noted("An integration; several keys may share a name."),
        ),
        Field(name="scope", label=noted("What it may do"), choices=_SCOPES, value="read"),
        Field(name="days", label=noted("How long it opens"), choices=_LASTS, value="90"),
    )  # fmt: skip


def _asked(ask: Ask, key_id: str, said: Said) -> NewApiKey:
    name = said.get("name", "").strip()
    if not name.isprintable() or not 0 < len(name) <= NAME_MAX or name.startswith("per_"):
        raise Malformed(
            ask.say(
                "a name of 1 to %(count)s characters that does not begin like a person's",
                count=NAME_MAX,
            )
        )
    if said.get("scope") not in dict(_SCOPES) or said.get("days") not in dict(_LASTS):
        raise Malformed(ask.say("one of the choices"))
    lasts = None if said["days"] == "none" else timedelta(days=int(said["days"]))
    until = None if lasts is None else ask.run.wall() + lasts
    return NewApiKey(key_id, name, read_only=said["scope"] == "read", expires_at=until)


async def _preview_create(ask: Ask, key_id: str, said: Said) -> Preview:
    new = _asked(ask, key_id, said)
    may = ask.say("read and change everything")
    if new.read_only:
        may = ask.say("read everything, change nothing")
    until = ask.say("until it is revoked")
    if new.expires_at is not None:
        until = ask.writer.instant(new.expires_at)
    return Preview(
        sentence=ask.say(
            "The key is shown once, on the page that follows, and never again: of its secret only"
            " a keyed hash is kept."
        ),
        button=ask.say("Create a key for %(name)s", name=new.principal),
        seal=f"{new.principal} {new.read_only} {said['days']}",
        facts=((ask.say("May"), may), (ask.say("Opens"), until)),
        after={"key": key_id, "principal": new.principal,
               "scope": "read" if new.read_only else "write"},
    )  # fmt: skip


async def create(ask: Ask) -> Response:
    """Create a key and show it: the answer to this form is the only page it ever stands on."""

    async def make(ask: Ask, key_id: str, said: Said, command: Command) -> str | None:
        new, live = _asked(ask, key_id, said), ask.environment.kind == "live"
        return await create_asked_key(ask.run, new, live=live, command=command)

    return await _shown_once(ask, CREATE, make)


async def roll(ask: Ask) -> Response:
    """Roll a key and show the new one, once."""

    async def make(ask: Ask, rolled: Rolled, said: Said, command: Command) -> str | None:
        both = Roll(rolled.row.id, rolled.new_id, _both_open(ask, said))
        live = ask.environment.kind == "live"
        return await roll_api_key(ask.run, both, live=live, command=command)

    return await _shown_once(ask, ROLL, make)


async def _shown_once(ask: Ask, action: Action[T], make: Make[T]) -> Response:
    """Answer a form with the key that it made; what was made before is shown on no page."""
    answer, key = await shown_once(ask, action, make)
    if key is None:
        return answer
    return ask.page("key_made.html", {"key": key, "section": SECTION})


async def _rolled(ask: Ask) -> Home[Rolled]:
    home = await _find(ask)
    of = Rolled(home.of, new_key_id(ask.run))
    return Home(of=of, path=home.path, label=home.label, kind=home.kind, id=home.id)


def _endings(_: Ask, __: Rolled) -> Sequence[Field]:
    hint = noted("Until then callers may use either; put the new one in place before.")
    label = noted("The old key ends after")
    return (Field(name="hours", label=label, choices=_BOTH, value="168", hint=hint),)


def _both_open(ask: Ask, said: Said) -> timedelta:
    if said.get("hours") not in dict(_BOTH):
        raise Malformed(ask.say("one of the choices"))
    return timedelta(hours=int(said["hours"]))


async def _preview_roll(ask: Ask, of: Rolled, said: Said) -> Preview:
    row, now = of.row, ask.run.wall()
    if _state(row, now) != "active":
        raise Malformed(ask.say("a key that opens something"))
    ends = now + _both_open(ask, said)
    if row.expires_at is not None:
        ends = min(ends, row.expires_at)
    lasts = ask.say("until it is revoked")
    if row.expires_at is not None:
        lasts = ask.writer.instant(now + (row.expires_at - row.created_at))
    return Preview(
        sentence=ask.say(
            "Another key is made for the same caller. It is shown once, on the page that"
            " follows, and never again; until the old one ends both open."
        ),
        button=ask.say("Roll %(key)s", key=row.id), seal=f"{row.expires_at} {said['hours']}",
        facts=(
            (ask.say("Used by"), row.principal),
            (ask.say("May"), ", ".join(ask.writer.word(one) for one in row.scopes)),
            (ask.say("The old key ends"), ask.writer.instant(ends)),
            (ask.say("The new one opens"), lasts),
        ),
        before={"key": row.id}, after={"key": of.new_id, "old_key_opens_hours": said["hours"]},
    )  # fmt: skip


async def _find(ask: Ask) -> Home[ListedKeyView]:
    async with ask.run.reading() as read:
        found = await views.api_keys(read)
    row = next((one for one in found if one.id == ask.path["id"]), None)
    if row is None:
        raise PageMissing
    return Home(of=row, path=SECTION, label=noted("Keys"), kind="api_key", id=key_uuid(row.id))


async def _preview_revoke(ask: Ask, row: ListedKeyView, _: Said) -> Preview:
    if row.revoked_at is not None:
        raise Malformed(ask.say("a key that is not revoked yet"))
    return Preview(
        sentence=ask.say(
            "Whoever presents it is refused within five seconds. It cannot be given back."
        ),
        button=ask.say("Revoke %(key)s", key=row.id), seal="active",
        facts=((ask.say("Used by"), row.principal),
               (ask.say("May"), ", ".join(ask.writer.word(one) for one in row.scopes))),
        before={"state": "active"}, after={"key": row.id, "state": "revoked"},
    )  # fmt: skip


async def _revoke(ask: Ask, row: ListedKeyView, _: Said, command: Command) -> None:
    await revoke_api_key(ask.run, key_id=row.id, command=command)


CREATE: Final = Action(
    name="key_created", heading=noted("Create a key"), find=_new, preview=_preview_create,
    carry_out=never, asks=_choices,
)  # fmt: skip
ROLL: Final = Action(
    name="key_rolled", heading=noted("Roll"), find=_rolled, preview=_preview_roll, carry_out=never,
    asks=_endings,
)  # fmt: skip
REVOKE: Final = Action(
    name="key_revoked",
    heading=noted("Revoke"),
    find=_find,
    preview=_preview_revoke,
    carry_out=_revoke,
)

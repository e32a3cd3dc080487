"""Having a provider's event applied again, where that is of use."""

from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask
from ledgerline.console.psp_events import SECTION, read_accounts
from ledgerline.flows.claim_key import Command
from ledgerline.flows.reapply_psp_event import EventName, preview_reapply, reapply_psp_event


class Inbox(NamedTuple):
    """The accounts whose events there are, and the id of an act about one."""

    id: UUID
    accounts: list[str]


async def _find(ask: Ask) -> Home[Inbox]:
    async with ask.run.reading() as read:
        accounts = await read_accounts(read)
    id = ask.run.new_id(Bucket(0))
    return Home(
        of=Inbox(id, accounts), path=SECTION, label=noted("Provider events"), kind="psp_event",
        id=id,
    )  # fmt: skip


def _asks(_: Ask, inbox: Inbox) -> list[Field]:
    codes = [(code, code) for code in inbox.accounts] or [("", noted("there is none"))]
    return [
        Field(name="account", label=noted("Account"), choices=codes, value=codes[0][0]),
        Field(name="key", label=noted("Event"), hint=noted("As its provider names it.")),
    ]


async def _preview(ask: Ask, _: Inbox, said: Said) -> Preview:
    name = EventName(said.get("account", ""), said.get("key", ""))
    row = await preview_reapply(ask.run, name)
    sentence = ask.say(
        "It waits; what it names is looked up at the provider now and not only later. What is"
        " found is booked once, however often it is looked at."
    )
    if row.state == "ignored":
        sentence = ask.say(
            "It was given up; what it names is looked up at the provider once more, for up to three"
            " days. What is found is booked once, however often it is looked at."
        )
    return Preview(
        sentence=sentence,
        button=ask.say("Apply again"),
        seal=row.state,
        facts=(
            (ask.say("State"), ask.writer.word(row.state)),
            (ask.say("Looked at"), ask.writer.number(row.tries // 2)),
        ),
        before={"state": row.state},
        after={"account": name.psp_account, "event": name.key},
    )


async def _reapply(ask: Ask, _: Inbox, said: Said, command: Command) -> None:
    name = EventName(said["account"], said["key"])
    await reapply_psp_event(ask.run, name, command=command)


AGAIN: Final = Action(
    name="event_reapplied", heading=noted("Apply an event again"), find=_find, preview=_preview,
    carry_out=_reapply, asks=_asks,
)  # fmt: skip

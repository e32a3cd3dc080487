"""A plan that rests and goes on: what a pause gives back, and what going on costs."""

from typing import Final

from ledgerline.base.ids import SubscriptionId
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Preview, Said
from ledgerline.console.asking import Ask
from ledgerline.console.changing import bill_facts, card_of
from ledgerline.console.doing import find_subscription
from ledgerline.console.limiting import require_own
from ledgerline.flows.change_subscription import fingerprint
from ledgerline.flows.claim_key import Command
from ledgerline.flows.pause_subscription import pause_subscription, preview_pause
from ledgerline.flows.resume_subscription import Resumption, preview_resume, resume_subscription
from ledgerline.subscriptions.model import Anchor
from ledgerline.subscriptions.rows import SubscriptionView
from ledgerline.web.refusals import Malformed

_ANCHORS: Final = (
    (Anchor.KEEP.value, noted("As before: the days to the next renewal are charged")),
    (Anchor.RESTART.value, noted("Anew today: a whole period is charged")),
)


async def _preview_pause(ask: Ask, row: SubscriptionView, _: Said) -> Preview:
    pausing = await preview_pause(ask.run, row.id)
    await require_own(ask, [pausing.given_back])
    minor, currency = pausing.credited_minor, row.currency
    amount = ask.writer.money(minor, currency)
    ends = ask.writer.day(pausing.ends_on)
    button = ask.say("Pause %(plan)s", plan=row.plan_name)
    if minor:
        button = ask.say(
            "Pause %(plan)s, give %(amount)s credit", plan=row.plan_name, amount=amount
        )
    return Preview(
        sentence=ask.say(
            "Service ends now, and nothing is charged until it is resumed. What is paid and not"
            " used becomes credit, which pays first then. Nobody resuming it, it ends on %(day)s.",
            day=ends,
        ),
        button=button,
        seal=f"{pausing.ends_on} {minor}",
        facts=(
            (ask.say("Becomes credit"), amount),
            (ask.say("Ends, unless resumed"), ends),
        ),
        before={"state": row.state},
        after={"state": "paused", "ends_on": str(pausing.ends_on), "amount": minor,
               "currency": currency},
    )  # fmt: skip


async def _pause(ask: Ask, row: SubscriptionView, _: Said, command: Command) -> None:
    await pause_subscription(ask.run, row.id, command=command)


def _anchors(_: Ask, __: SubscriptionView) -> list[Field]:
    label = noted("When its periods begin")
    return [Field(name="anchor", label=label, choices=_ANCHORS, value=Anchor.KEEP.value)]


def _resumption(ask: Ask, row: SubscriptionView, said: Said) -> Resumption:
    try:
        return Resumption(SubscriptionId(row.id), Anchor(said["anchor"]))
    except (KeyError, ValueError) as wrong:
        raise Malformed(ask.say("one of the choices")) from wrong


async def _preview_resume(ask: Ask, row: SubscriptionView, said: Said) -> Preview:
    proposed = await preview_resume(ask.run, _resumption(ask, row, said))
    due, currency = proposed.due_minor, row.currency
    amount = ask.writer.money(due, currency)
    facts = bill_facts(ask, proposed)
    button = ask.say("Resume %(plan)s", plan=row.plan_name)
    sentence = ask.say("Service goes on at once; nothing is charged now.")
    if due:
        facts = (*facts, *await card_of(ask, row))
        button = ask.say("Resume %(plan)s, charge %(amount)s", plan=row.plan_name, amount=amount)
        sentence = ask.say(
            "The card is charged now, and service goes on when that is paid. If its bank refuses,"
            " it stays paused."
        )
    return Preview(
        sentence=sentence, button=button, seal=fingerprint(proposed).hex(), facts=facts,
        before={"state": row.state}, after={"amount": due, "currency": currency},
        name="resumption_begun" if due else "resumed",
    )  # fmt: skip


async def _resume(ask: Ask, row: SubscriptionView, said: Said, command: Command) -> None:
    await resume_subscription(
        ask.run, ask.psps, _resumption(ask, row, said), command=command,
        expect=bytes.fromhex(said["seal"]),
    )  # fmt: skip


PAUSE: Final = Action(
    name="paused", heading=noted("Pause plan"), find=find_subscription, preview=_preview_pause,
    carry_out=_pause,
)  # fmt: skip
RESUME: Final = Action(
    name="resumed", heading=noted("Resume plan"), find=find_subscription, preview=_preview_resume,
    carry_out=_resume, asks=_anchors,
)  # fmt: skip

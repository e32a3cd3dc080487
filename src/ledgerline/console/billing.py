"""What people do about billing: pause it, resume it, and let go what was set aside."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from markupsafe import Markup

from ledgerline.base.ids import Bucket
from ledgerline.base.saying import noted, noted_count
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask
from ledgerline.console.bill_runs import SECTION, decided, held, reasons, sums_of
from ledgerline.flows.claim_key import Command
from ledgerline.flows.pause_billing import BillingPause, pause_billing
from ledgerline.flows.preview_bill_run import PAGE, Forecast, preview_bill_run
from ledgerline.flows.release_all_parked import (
    AT_ONCE_MAX,
    preview_release_all,
    release_all_parked,
)
from ledgerline.flows.resume_billing import resume_billing
from ledgerline.invoicing import views
from ledgerline.invoicing.model import BillingNotPaused, BillingPaused, NothingParked
from ledgerline.invoicing.rows.pausing import ParkedReasonView, PauseView

_REASON: Final = Field(
    name="reason",
    label=noted("Why"),
    hint=noted("Your colleagues read it. No personal data."),
)


_ISSUE: Final = {
    False: noted_count("Resume and issue %(count)s invoice", "Resume and issue %(count)s invoices"),
    True: noted_count(
        "Resume and issue about %(count)s invoice", "Resume and issue about %(count)s invoices"
    ),
}
_BILL: Final = {
    False: noted("Resume and bill %(amount)s"),
    True: noted("Resume and bill about %(amount)s"),
}


class _Parked(NamedTuple):
    """What is set aside, by reason, and the id of an act about it."""

    id: UUID
    reasons: Sequence[ParkedReasonView]


async def _open_pause(ask: Ask) -> PauseView | None:
    async with ask.run.reading() as read:
        return held(await views.billing_pauses(read, limit=1))


async def _new(ask: Ask) -> Home[UUID]:
    id = ask.run.new_id(Bucket(0))
    return Home(of=id, path=SECTION, label=noted("Bill runs"), kind="billing_pause", id=id)


async def _preview_pause(ask: Ask, _: UUID, __: Said) -> Preview:
    if await _open_pause(ask) is not None:
        raise BillingPaused(ask.say("billing is paused already"))
    due = await preview_bill_run(ask.run, until=ask.run.now(), pages=1)
    return Preview(
        sentence=ask.say(
            "No run bills any more, in whatever process, until somebody resumes it. The batch"
            " at hand is finished first. Whoever’s period ends meanwhile has no access until they"
            " are billed. What was billed is collected as ever; purchases go on."
        ),
        button=ask.say("Pause billing"), seal="running", facts=_facts(ask, due, ask.say("Waits")),
        before={"state": "running"}, after={"state": "paused"},
    )  # fmt: skip


async def _pause(ask: Ask, id: UUID, said: Said, command: Command) -> None:
    pause = BillingPause(id=id, by=ask.actor, reason=said["reason"], route=ask.route)
    await pause_billing(ask.run, pause, command=command)


async def _held(ask: Ask) -> Home[PauseView | None]:
    pause = await _open_pause(ask)
    id = ask.run.new_id(Bucket(0)) if pause is None else pause.id
    return Home(of=pause, path=SECTION, label=noted("Bill runs"), kind="billing_pause", id=id)


async def _preview_resume(ask: Ask, pause: PauseView | None, _: Said) -> Preview:
    if pause is None:
        raise BillingNotPaused(ask.say("billing is not paused"))
    due = await preview_bill_run(ask.run, until=ask.run.now(), pages=1)
    return Preview(
        sentence=ask.say(
            "Runs bill what fell due meanwhile, each period once, within seconds where a worker"
            " runs; collection charges it after that."
        ),
        button=_button(ask, due), seal=f"{pause.id} {_seal(ask, due)}",
        facts=(
            (ask.say("Paused"), ask.writer.instant(pause.paused_at)),
            *_facts(ask, due, ask.say("Due now")),
        ),
        before={"state": "paused"},
        after={"state": "running", **sums_of(due)},
    )  # fmt: skip


async def _resume(ask: Ask, pause: PauseView | None, _: Said, command: Command) -> None:
    if pause is None:
        raise BillingNotPaused(ask.say("billing is not paused"))
    await resume_billing(ask.run, pause.id, by=ask.actor, route=ask.route, command=command)


async def _find_parked(ask: Ask) -> Home[_Parked]:
    async with ask.run.reading() as read:
        found = await views.parked_reasons(read)
    id = ask.run.new_id(Bucket(0))
    return Home(
        of=_Parked(id, found), path=SECTION, label=noted("Bill runs"), kind="parked_release", id=id
    )


def _asks(ask: Ask, parked: _Parked) -> list[Field]:
    choices = reasons(ask, parked.reasons) or [("", noted("nothing is set aside"))]
    label = noted("Set aside for")
    return [Field(name="reason", label=label, choices=choices, value=choices[0][0])]


async def _preview_release(ask: Ask, _: _Parked, said: Said) -> Preview:
    reason = said.get("reason", "")
    forecasts = await preview_release_all(ask.run, reason=reason)
    freed = sum(one.invoices + one.ending for one in forecasts)
    again = sum(one.parked for one in forecasts)
    if not freed:
        raise NothingParked(
            ask.say("a run would set all of it aside again: mend what it says first")
        )
    return Preview(
        sentence=ask.say(
            "The next run bills them, each period once. What it would set aside again stays where"
            " it is. At most %(count)s at once, the longest first.",
            count=AT_ONCE_MAX,
        ),
        button=ask.say("Release %(count)s", count=ask.writer.number(freed)),
        seal=f"{reason} {freed} {again}",
        facts=(
            *_facts(ask, forecasts, ask.say("To be billed")),
            (ask.say("Would be set aside again"), ask.writer.number(again)),
        ),
        after={"reason": reason, "released": freed},
    )


async def _release(ask: Ask, parked: _Parked, said: Said, command: Command) -> None:
    await release_all_parked(ask.run, parked.id, reason=said["reason"], command=command)


def _facts(
    ask: Ask, forecasts: Sequence[Forecast], label: str
) -> tuple[tuple[str, str | Markup], ...]:
    """Write counts and money by market."""
    rows = [
        (one.market,
         Markup("{} · {}").format(ask.writer.number(one.invoices),
                                  ask.writer.money(one.total_minor, one.currency)))
        for one in forecasts if one.invoices
    ]  # fmt: skip
    count = sum(one.invoices for one in forecasts)
    return ((label, ask.writer.at_least(count, is_cut=decided(forecasts) >= PAGE)), *rows)


def _button(ask: Ask, due: Sequence[Forecast]) -> str | Markup:
    """Say how much the button bills; in several currencies, or where more falls due, about it."""
    sums = sums_of([one for one in due if one.invoices])
    if not sums:
        return ask.say("Resume billing")
    about = _seal(ask, due) == "about"
    if len(sums) > 1:
        count = sum(one.invoices for one in due)
        return ask.writer.say_count(*_ISSUE[about], count, count=ask.writer.number(count))
    [(currency, minor)] = sums.items()
    return ask.say(_BILL[about], amount=ask.writer.money(minor, currency))


def _seal(ask: Ask, due: Sequence[Forecast]) -> str:
    """Say in short what was shown, where time stands still: else more falls due while one reads."""
    if ask.environment.instant is None or decided(due) >= PAGE:
        return "about"
    return " ".join(f"{one.market} {one.invoices} {one.total_minor}" for one in due) or "nothing"


PAUSE: Final = Action(
    name="billing_paused", heading=noted("Pause billing"), find=_new, preview=_preview_pause,
    carry_out=_pause, words=(_REASON,),
)  # fmt: skip
RESUME: Final = Action(
    name="billing_resumed", heading=noted("Resume billing"), find=_held, preview=_preview_resume,
    carry_out=_resume,
)  # fmt: skip
RELEASE: Final = Action(
    name="parked_released", heading=noted("Release what was set aside"), find=_find_parked,
    preview=_preview_release, carry_out=_release, asks=_asks,
)  # fmt: skip

"""The clock of a sandbox: where it stands, what falls due, moving it, and outages of providers."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.access import views as access
from ledgerline.access.rules.people import actor_of
from ledgerline.base.calendar import advance
from ledgerline.base.ids import Bucket
from ledgerline.base.saying import noted
from ledgerline.base.statements import statements
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask
from ledgerline.console.bill_runs import DUE_MAX, decided
from ledgerline.flows.ask_sandbox import Instruction, ask_sandbox
from ledgerline.flows.claim_key import Command
from ledgerline.flows.move_clock import ClockMovesForward, check_move
from ledgerline.flows.preview_bill_run import PAGE, preview_bill_run
from ledgerline.sandbox import views
from ledgerline.sandbox.model import Asked, SandboxBusy
from ledgerline.sandbox.rows import InstructionView
from ledgerline.web.forms import PageMissing
from ledgerline.web.policy import headers_of
from ledgerline.web.refusals import Malformed
from ledgerline.web.wire import Response

SECTION: Final = "/console/clock"
SHOWN: Final = 10
OPEN: Final = frozenset({"asked", "running"})
_BY: Final = (
    ("1 day", noted("One day")), ("1 week", noted("One week")), ("1 month", noted("One month")),
    ("1 year", noted("One year")),
)  # fmt: skip
_LASTS: Final = (
    ("1", noted("One hour")), ("6", noted("Six hours")), ("24", noted("One day")),
    ("72", noted("Three days")),
)  # fmt: skip
_SQL: Final = statements(__name__)


class PlannedView(NamedTuple):
    """How many charges are planned, as far as they are counted."""

    planned: int


class AccountView(NamedTuple):
    """A merchant account."""

    code: str


class Stand(NamedTuple):
    """Where an act about the clock begins: the id of what is asked for, and the instant."""

    id: UUID
    now: datetime
    accounts: tuple[str, ...]


async def show(ask: Ask) -> Response:
    """Show where the clock stands and what was asked of it; asked again as JSON while one looks."""
    now = _now(ask)
    async with ask.run.reading() as read:
        asked = await views.instructions(read, limit=SHOWN)
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    current = next((one for one in asked if one.state in OPEN), None)
    last = current or (asked[0] if asked else None)
    values = {
        "now": ask.writer.instant(now),
        "invoiced": ask.writer.number(last.invoiced if last else 0),
        "paid": ask.writer.number(last.paid if last else 0),
    }
    state = f"{current.id} {current.state}" if current else ""
    share = _share(current, now) if current else 0.0
    if "application/json" in (ask.request.listed("accept") or ""):
        body = {"state": state, "values": values, "share": share, "done": last.paid if last else 0}
        return Response(200, json.dumps(body).encode(), "application/json", headers_of("none"))
    return ask.page(
        "clock.html",
        {
            "instant": now, "asked": asked, "current": current, "colleagues": colleagues,
            "values": values, "state": state, "share": share, "section": SECTION,
        },
    )  # fmt: skip


def _now(ask: Ask) -> datetime:
    """Return where the clock stands; raises ``PageMissing`` where business is in real time."""
    if ask.environment.instant is None:
        raise PageMissing
    return ask.environment.instant


def _share(row: InstructionView, now: datetime) -> float:
    """Say how far it is, in per cent of its way."""
    whole = (row.until - row.asked_from).total_seconds()
    return round(100 * max(0.0, min(1.0, (now - row.asked_from).total_seconds() / whole)), 1)


async def _find(ask: Ask) -> Home[Stand]:
    now = _now(ask)
    async with ask.run.reading() as read:
        accounts = await read.rows(_SQL["accounts"], AccountView)
    id = ask.run.new_id(Bucket(0))
    stand = Stand(id, now, tuple(one.code for one in accounts))
    return Home(of=stand, path=SECTION, label=noted("Clock"), kind="sandbox_instruction", id=id)


def _distances(_: Ask, __: Stand) -> list[Field]:
    return [
        Field(name="by", label=noted("How far"), choices=_BY, value="1 day"),
        Field(
            name="to", label=noted("Or to the beginning of a day"), is_optional=True,
            hint=noted("Such as 2026-12-31; then the above says nothing. At most two years."),
        ),
    ]  # fmt: skip


def _until(ask: Ask, stand: Stand, said: Said) -> datetime:
    """Read how far: by a choice, or to a day."""
    if said.get("to"):
        try:
            return datetime.combine(date.fromisoformat(said["to"]), time.min, tzinfo=UTC)
        except ValueError as wrong:
            raise Malformed(ask.say("a day such as 2026-12-31")) from wrong
    if said.get("by") not in dict(_BY):
        raise Malformed(ask.say("one of the choices"))
    return advance(stand.now, said["by"])


async def _require_idle(ask: Ask) -> None:
    async with ask.run.reading() as read:
        asked = await views.instructions(read, limit=1)
    if asked and asked[0].state in OPEN:
        raise SandboxBusy(
            ask.say("something is being done already; it stands on the page of the clock")
        )


async def _preview_advance(ask: Ask, stand: Stand, said: Said) -> Preview:
    until = _until(ask, stand, said)
    if check_move(ask.environment, until) == until:
        raise ClockMovesForward(ask.say("forward only"))
    await _require_idle(ask)
    due = await preview_bill_run(ask.run, until=until, pages=1)
    async with ask.run.reading() as read:
        tries = await read.row(_SQL["tries"], PlannedView, until=until, limit=DUE_MAX + 1)
    assert tries is not None, "a count is always there"
    writer, bills = ask.writer, sum(one.invoices for one in due)
    return Preview(
        sentence=ask.say(
            "Everything that falls due on the way is done in order: invoices are issued and cards"
            " of the simulator charged, month for month. A clock never goes back."
        ),
        button=ask.say("Advance to %(when)s", when=writer.instant(until)),
        seal=f"{stand.now} {until}",
        facts=(
            (
                ask.say("Periods that begin next"),
                writer.at_least(bills, is_cut=decided(due) >= PAGE),
            ),
            *(
                (one.market, writer.money(one.total_minor, one.currency))
                for one in due
                if one.invoices
            ),
            (ask.say("Subscriptions that end"), writer.number(sum(one.ending for one in due))),
            (ask.say("Charges planned already"), writer.more_than(tries.planned, DUE_MAX)),
        ),
        before={"now": stand.now.isoformat()},
        after={"to": until.isoformat()},
    )


async def _advance(ask: Ask, stand: Stand, said: Said, command: Command) -> None:
    asked = Instruction(
        id=stand.id, kind=Asked.ADVANCE, until=_until(ask, stand, said), by=ask.actor
    )
    await ask_sandbox(ask.run, asked, command=command)


def _outages(_: Ask, stand: Stand) -> list[Field]:
    codes = [(code, code) for code in stand.accounts] or [("", noted("there is none"))]
    return [
        Field(name="account", label=noted("Account"), choices=codes, value=codes[0][0]),
        Field(name="hours", label=noted("For how long"), choices=_LASTS, value="6"),
    ]


def _lasting(ask: Ask, stand: Stand, said: Said) -> tuple[str, datetime]:
    if said.get("account") not in stand.accounts or said.get("hours") not in dict(_LASTS):
        raise Malformed(ask.say("one of the choices"))
    return said["account"], stand.now + timedelta(hours=int(said["hours"]))


async def _preview_outage(ask: Ask, stand: Stand, said: Said) -> Preview:
    account, until = _lasting(ask, stand, said)
    await _require_idle(ask)
    return Preview(
        sentence=ask.say(
            "The simulator answers nothing at %(account)s until %(when)s of this clock. Charges go"
            " elsewhere where they may; the others are looked after until they are known.",
            account=account,
            when=ask.writer.instant(until),
        ),
        button=ask.say("Let %(account)s not answer", account=account),
        seal=f"{account} {stand.now} {until}",
        facts=(
            (ask.say("From"), ask.writer.instant(stand.now)),
            (ask.say("Until"), ask.writer.instant(until)),
        ),
        after={"account": account, "until": until.isoformat()},
    )


async def _outage(ask: Ask, stand: Stand, said: Said, command: Command) -> None:
    account, until = _lasting(ask, stand, said)
    asked = Instruction(
        id=stand.id, kind=Asked.OUTAGE, until=until, by=ask.actor, psp_account=account
    )
    await ask_sandbox(ask.run, asked, command=command)


ADVANCE: Final = Action(
    name="clock_advanced", heading=noted("Advance the clock"), find=_find, preview=_preview_advance,
    carry_out=_advance, asks=_distances,
)  # fmt: skip
OUTAGE: Final = Action(
    name="outage_asked",
    heading=noted("Let a provider not answer"),
    find=_find,
    preview=_preview_outage,
    carry_out=_outage,
    asks=_outages,
)

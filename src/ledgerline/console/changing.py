"""Another plan or quantity: what it costs to the minor unit, and taking back what is planned."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from ledgerline.base.calendar import Period, local_date
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import SubscriptionId
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask
from ledgerline.console.doing import find_subscription
from ledgerline.console.limiting import require_own
from ledgerline.flows.carry_out_change import Proposed
from ledgerline.flows.change_subscription import change_subscription, fingerprint, preview_change
from ledgerline.flows.claim_key import Command
from ledgerline.flows.list_changes import list_changes
from ledgerline.flows.undo_scheduled import preview_undo, undo_scheduled
from ledgerline.payments import views as payments
from ledgerline.pricing.model import LineCredit, PricedLine
from ledgerline.rules.change import Change
from ledgerline.rules.entries import read_entry
from ledgerline.rules.moving import Move
from ledgerline.rules.timeline import Entry, fold
from ledgerline.subscriptions import views
from ledgerline.subscriptions.model import BASE, LogKind, NothingToUndo, Timing, is_fee
from ledgerline.subscriptions.rows import SubscriptionView
from ledgerline.web.pages import isolated
from ledgerline.web.refusals import Malformed

Facts = tuple[tuple[str, str | Markup], ...]
QUANTITY_MAX: Final = 9_999
_TIMES: Final = (
    (Timing.NOW.value, noted("Now")),
    (Timing.PERIOD_END.value, noted("At the end of what is paid")),
)


class Choosing(NamedTuple):
    """A subscription, and the plans that it can move to."""

    row: SubscriptionView
    moves: Sequence[Move]


class Planned(NamedTuple):
    """A subscription, and what is planned for it, the oldest first."""

    row: SubscriptionView
    entries: Sequence[Entry]


def bill_facts(ask: Ask, proposed: Proposed) -> Facts:
    """Write line by line what a change gives back and charges, and what follows it."""
    proposal, writer = proposed.proposal, ask.writer
    currency, due = proposal.subscription.currency, proposed.due_minor
    used = proposal.charged_minor - proposal.credited_minor - due
    left = proposed.balance_minor - used
    lines = [
        (ask.say("Unused, %(days)s", days=_span(ask, one.credit)),
         writer.money(-one.credit.gross_minor, currency))
        for one in proposal.credits
    ]  # fmt: skip
    lines += [
        (_named(ask, one), writer.money(one.gross_minor, currency))
        for one in proposal.bill.priced.lines
    ]
    if used > 0:
        lines.append((ask.say("From credit"), writer.money(-used, currency)))
    lines.append((ask.say("Charged now"), writer.money(due, currency)))
    if left > 0:
        lines.append((ask.say("Credit then"), writer.money(left, currency)))
    if proposal.next is not None:
        on = ask.say("Renewal on %(day)s", day=writer.day(proposal.next.on))
        lines.append((on, writer.money(proposal.next.bill.gross_minor, currency)))
    return tuple(lines)


def _named(ask: Ask, line: PricedLine) -> str:
    """Name what is charged: the plan over which days, or its fee."""
    plan = isolated(line.terms.plan_name)
    if is_fee(line.component):
        return ask.say("Set-up of %(plan)s", plan=plan)
    return Markup("{}{}{}").format(plan, ask.say(", "), _span(ask, line.period))


def _span(ask: Ask, days: Period | LineCredit) -> Markup:
    return isolated(ask.writer.language.locality.span(days.start, days.end))


async def card_of(ask: Ask, row: SubscriptionView) -> Facts:
    """Name the card that a subscription is charged to."""
    if row.payment_method_id is None:
        return ()
    async with ask.run.reading() as read:
        found = await payments.payment_method(read, bucket=row.bucket, id=row.payment_method_id)
    if found is None:
        return ()
    return ((ask.say("To"), isolated(f"{found.brand} •• {found.last4}")),)


async def planned_of(
    read: ReadTx, ask: Ask, rows: Sequence[SubscriptionView]
) -> dict[SubscriptionId, Sequence[Entry]]:
    """Read by their logs what is planned for subscriptions of one customer; nothing where ended."""
    planned: dict[SubscriptionId, Sequence[Entry]] = {one.id: () for one in rows}
    live = [one for one in rows if one.ended_at is None]
    if not live:
        return planned
    logs: dict[SubscriptionId, list[Entry]] = {one.id: [] for one in live}
    for said in await views.logs(read, bucket=live[0].bucket, ids=list(logs)):
        logs[said.subscription_id].append(read_entry(said))
    now = ask.run.now()
    return planned | {
        one.id: fold(logs[one.id], on=local_date(now, one.zone)).intentions for one in live
    }


def becomes(entry: Entry) -> str:
    """Name what a planned change brings: the code of another plan, or another quantity."""
    plans = [step.plan_code for step in entry.delta.steps if step.component == BASE]
    return plans[-1] if plans else f"× {entry.delta.quantities.get(BASE, 1)}"


async def _find_choosing(ask: Ask) -> Home[Choosing]:
    home = await find_subscription(ask)
    of = Choosing(home.of, await list_changes(ask.run, home.of))
    return Home(
        of=of, path=home.path, label=home.label, kind=home.kind, id=home.id,
        customer_id=home.customer_id,
    )  # fmt: skip


def _choices(ask: Ask, of: Choosing) -> list[Field]:
    row = of.row
    plans = [(row.plan_code, ask.say("%(plan)s, as it is", plan=row.plan_name))]
    for one in (move.price for move in of.moves):
        price = ask.writer.price(one.unit_num, one.unit_den, one.currency)
        plans.append((one.plan_code, f"{one.plan_name} · {price}"))
    # A page that opens with what is in force would open with a refusal.
    ordered = sorted(of.moves, key=lambda one: one.timing is not Timing.NOW)
    first = next(iter(ordered), None)
    return [
        Field(
            name="plan", label=noted("Plan"), choices=plans,
            value=row.plan_code if first is None else first.price.plan_code,
        ),
        Field(name="quantity", label=noted("Quantity"), value=str(row.quantity)),
        Field(
            name="when", label=noted("When it begins"), choices=_TIMES, value=Timing.NOW.value,
            hint=noted("In a trial it begins when the trial ends, whatever is chosen."),
        ),
    ]  # fmt: skip


def _change(ask: Ask, of: Choosing, said: Said) -> Change:
    sold = {of.row.plan_code, *(one.price.plan_code for one in of.moves)}
    text = said.get("quantity", "").strip()
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text[:6]) <= QUANTITY_MAX:
        raise Malformed(ask.say("a quantity from 1 to %(most)s", most=QUANTITY_MAX))
    if said.get("plan") not in sold or said.get("when") not in dict(_TIMES):
        raise Malformed(ask.say("one of the choices"))
    return Change(SubscriptionId(of.row.id), said["plan"], int(text), Timing(said["when"]))


async def _preview_change(ask: Ask, of: Choosing, said: Said) -> Preview:
    change, row = _change(ask, of, said), of.row
    proposed = await preview_change(ask.run, change)
    await require_own(ask, [proposed.given_back])
    due, kind = proposed.due_minor, proposed.proposal.entry.kind
    name = proposed.proposal.price.plan_name
    facts: Facts = ((ask.say("Begins"), ask.writer.day(proposed.proposal.entry.effective)),)
    facts += bill_facts(ask, proposed)
    if due:
        facts += await card_of(ask, row)
    return Preview(
        sentence=ask.say(_SENTENCES["due" if due else kind]),
        button=_button(ask, change, name, proposed),
        seal=fingerprint(proposed).hex(),
        facts=facts,
        before={"plan": row.plan_code, "quantity": row.quantity},
        after={"plan": change.plan_code, "quantity": change.quantity, "amount": due,
               "currency": row.currency},
        name="change_begun" if due else kind.value,
    )  # fmt: skip


def _button(ask: Ask, change: Change, name: str, proposed: Proposed) -> str:
    due, kind = proposed.due_minor, proposed.proposal.entry.kind
    values = {"plan": f"{name} × {change.quantity}" if change.quantity != 1 else name}
    if kind is LogKind.UNDONE:
        return ask.say("Stay with %(plan)s", **values)
    if kind is LogKind.CHANGE_SCHEDULED:
        return ask.say("Plan %(plan)s", **values)
    if not due:
        return ask.say("Change to %(plan)s", **values)
    amount = ask.writer.money(due, proposed.proposal.subscription.currency)
    return ask.say("Change to %(plan)s, charge %(amount)s", amount=amount, **values)


_SENTENCES: Final = {
    "due": noted(
        "The card is charged now, and the change takes effect when that is paid. If its bank"
        " refuses, nothing changes."
    ),
    LogKind.PLAN_CHANGED: noted("It takes effect at once; nothing is charged now."),
    LogKind.QUANTITY_CHANGED: noted("It takes effect at once; nothing is charged now."),
    LogKind.CHANGE_SCHEDULED: noted(
        "It is planned for that day; until then it can be taken back. Nothing is charged now."
    ),
    LogKind.UNDONE: noted("What was planned is taken back; nothing is charged."),
}


async def _carry_out(ask: Ask, of: Choosing, said: Said, command: Command) -> None:
    await change_subscription(
        ask.run, ask.psps, _change(ask, of, said), command=command,
        expect=bytes.fromhex(said["seal"]),
    )  # fmt: skip


async def _find_planned(ask: Ask) -> Home[Planned]:
    home = await find_subscription(ask)
    async with ask.run.reading() as read:
        planned = await planned_of(read, ask, [home.of])
    of = Planned(home.of, planned[home.of.id])
    return Home(
        of=of, path=home.path, label=home.label, kind=home.kind, id=home.id,
        customer_id=home.customer_id,
    )  # fmt: skip


def _intentions(ask: Ask, of: Planned) -> list[Field]:
    choices = [
        (str(one.seq), f"{_written(ask, one)}, {ask.writer.day(one.effective)}")
        for one in reversed(of.entries)
    ]
    value = choices[0][0] if choices else ""
    choices = choices or [("", ask.say("nothing is planned"))]
    return [Field(name="planned", label=noted("What is planned"), choices=choices, value=value)]


def _written(ask: Ask, entry: Entry) -> str:
    return ask.writer.word(entry.kind).capitalize()


async def _preview_undo(ask: Ask, of: Planned, said: Said) -> Preview:
    if not of.entries:
        raise NothingToUndo(ask.say("nothing is planned that could be taken back"))
    undoing = await preview_undo(ask.run, of.row.id, seq=_seq(ask, of, said))
    entry, following, writer = undoing.intention, undoing.next, ask.writer
    facts: Facts = ((_written(ask, entry), writer.day(entry.effective)),)
    minor = 0 if following is None else following.bill.gross_minor
    if following is not None:
        amount = writer.money(minor, of.row.currency)
        facts += ((ask.say("Renewal on %(day)s", day=writer.day(following.on)), amount),)
    return Preview(
        sentence=ask.say("Everything is as if it had not been planned; nothing is charged."),
        button=ask.say("Take it back"),
        seal=f"{entry.seq} {undoing.entry.seq} {minor}",
        facts=facts,
        before={"planned": entry.kind.value, "on": str(entry.effective)},
    )


def _seq(ask: Ask, of: Planned, said: Said) -> int:
    for one in of.entries:
        if str(one.seq) == said.get("planned"):
            return one.seq
    raise Malformed(ask.say("one of the choices"))


async def _undo(ask: Ask, of: Planned, said: Said, command: Command) -> None:
    await undo_scheduled(ask.run, of.row.id, seq=_seq(ask, of, said), command=command)


CHANGE: Final = Action(
    name="plan_changed", heading=noted("Change plan"), find=_find_choosing,
    preview=_preview_change, carry_out=_carry_out, asks=_choices,
)  # fmt: skip
UNDO: Final = Action(
    name="undone", heading=noted("Take back what is planned"), find=_find_planned,
    preview=_preview_undo, carry_out=_undo, asks=_intentions,
)  # fmt: skip

"""Another plan: which there are, exactly what a change costs, and the click that agrees to it."""

from dataclasses import replace
from typing import Final

from ledgerline.base.errors import OutcomeUnknown, Rejected
from ledgerline.base.ids import PREFIXES, InvoiceId, SubscriptionId, encode
from ledgerline.catalog.rules.texts import TextKind
from ledgerline.flows.change_subscription import (
    Changed,
    ChangeOutcome,
    change_subscription,
    fingerprint,
    preview_change,
)
from ledgerline.flows.list_changes import list_changes
from ledgerline.flows.undo_scheduled import undo_scheduled
from ledgerline.rules.change import Change
from ledgerline.rules.moving import Move
from ledgerline.storefront.consenting import Told, told_to
from ledgerline.storefront.portal.paying import tries_of
from ledgerline.storefront.portal.reading import live, one_live
from ledgerline.storefront.portal.shown import bill_of, price_of
from ledgerline.storefront.portal.visit import HOME, Visit, go_to
from ledgerline.storefront.refusals import told
from ledgerline.subscriptions import views
from ledgerline.subscriptions.model import Attached, NothingToUndo, SubscriptionState, Timing
from ledgerline.subscriptions.rows import SubscriptionView
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

PLAN: Final = f"{HOME}/plan"


async def show_newest(visit: Visit) -> Response:
    """Go to the plans of the newest subscription; home where there is none."""
    rows = await live(visit)
    return go_to(f"{PLAN}/{_id(rows[0])}" if rows else HOME)


async def show(visit: Visit) -> Response:
    """List the plans that can be moved to."""
    row = await one_live(visit)
    said: dict[str, object] = {
        "tab": "home", "name": row.plan_name, "price": price_of(visit.writer, row),
        "count": row.cadence_count, "unit": row.cadence_unit,
        "moves": [_move(visit, row, one) for one in await list_changes(visit.run, row)],
    }  # fmt: skip
    return visit.page("portal_plans.html", said)


async def preview(visit: Visit) -> Response:
    """Show what a change costs, to the minor unit."""
    row, move = await _wanted(visit)
    if move is None:
        return go_to(f"{PLAN}/{_id(row)}")  # another tab changed to it
    return await _preview(visit, row, move, reason=await refusal_of(visit))


async def refusal_of(visit: Visit) -> str:
    """Say why the payment of a change was refused that an address names; nothing where none is."""
    refused = visit.asked().get("refused")
    if refused is None:
        return ""
    payment, attempts = await tries_of(visit, InvoiceId(visit.own_id("invoice", refused)))
    if payment is None:
        return ""
    visit.own(payment)
    return told(attempts[-1].category) if attempts else ""


async def change(visit: Visit) -> Response:
    """Change, as it was shown; where that is another change by now, it is shown again."""
    form = await visit.form("expect", "told")
    row, move = await _wanted(visit)
    if move is None:
        return go_to(f"{HOME}?done=changed")  # a second click, or another tab
    texts = await _texts(visit)
    agreed = texts.agreed(form) if form["told"] == texts.seal else None
    if agreed is None:
        return await _preview(visit, row, move, alert="consent", status=422)
    wanted = replace(_change(row, move), attached=Attached(agreements=agreed, channel="portal"))
    try:
        became = await change_subscription(
            visit.run, visit.psps, wanted, command=visit.command(form),
            return_url=f"{visit.origin}{visit.here}/return",
            expect=bytes.fromhex(form["expect"]),
        )  # fmt: skip
    except OutcomeUnknown:
        return go_to(f"{HOME}/pay")
    except Rejected as refused:
        if refused.code == "preview_stale":
            return await _preview(visit, row, move, alert="stale", status=422)
        return visit.problem(refused, back=f"{PLAN}/{_id(row)}")
    return after(visit, became, done="planned" if _waits(row, move) else "changed")


async def come_back(visit: Visit) -> Response:
    """Go to where the payment of a change stands, which asks the provider."""
    row = await one_live(visit)
    waiting = await _waiting(visit, row)
    return go_to(HOME if waiting is None else f"{HOME}/pay/{waiting}/return")


async def undo(visit: Visit) -> Response:
    """Take back what stands with a date."""
    form = await visit.form("intention")
    row = await one_live(visit)
    try:
        await undo_scheduled(
            visit.run, SubscriptionId(row.id), seq=int(form["intention"]),
            command=visit.command(form),
        )  # fmt: skip
    except NothingToUndo:
        pass  # it has been taken back, or its day has come: the page says how it is
    except Rejected as refused:
        return visit.problem(refused)
    return go_to(f"{HOME}?done=kept")


def after(visit: Visit, became: ChangeOutcome, *, done: str) -> Response:
    """Go on to what became of a change: home, where it is paid, or back to why it was refused."""
    if became.invoice_id is None or became.changed is Changed.DONE:
        return go_to(f"{HOME}?done={done}")
    invoice = encode(PREFIXES["invoice"], became.invoice_id)
    if became.changed is Changed.WAITS:
        return go_to(f"{HOME}/pay/{invoice}")
    return go_to(f"{visit.here}?refused={invoice}")


async def _wanted(visit: Visit) -> tuple[SubscriptionView, Move | None]:
    """Read what is to be changed to what; None where they have that plan.

    Raises ``PageMissing`` for what is not sold to them.
    """
    row = await one_live(visit)
    for move in await list_changes(visit.run, row):
        if move.price.plan_code == visit.part["plan"]:
            return row, move
    if row.plan_code == visit.part["plan"]:
        return row, None
    raise PageMissing


async def _preview(
    visit: Visit,
    row: SubscriptionView,
    move: Move,
    *,
    reason: str = "",
    alert: str = "",
    status: int = 200,
) -> Response:
    try:
        proposed = await preview_change(visit.run, _change(row, move))
    except Rejected as refused:
        return visit.problem(refused, back=f"{PLAN}/{_id(row)}")
    texts = await _texts(visit)
    said: dict[str, object] = {
        **bill_of(visit.writer, proposed), "name": move.price.plan_name, "held": row.plan_name,
        "back": f"{PLAN}/{_id(row)}", "tab": "home", "reason": reason, "alert": alert,
        "texts": texts.shown(),
        "hidden": visit.sealed(
            visit.here, expect=fingerprint(proposed).hex(), told=texts.seal
        ),
    }  # fmt: skip
    return visit.page("portal_change.html", said, status=status)


async def _texts(visit: Visit) -> Told:
    """Read what is told and confirmed; the amount stands in the button, which is no text."""
    found = await told_to(visit.run, visit.customer, visit.language)
    return found.only(TextKind.RENEWAL)


def _change(row: SubscriptionView, move: Move) -> Change:
    return Change(SubscriptionId(row.id), move.price.plan_code, None, move.timing)


async def _waiting(visit: Visit, row: SubscriptionView) -> str | None:
    async with visit.run.reading() as read:
        found = await views.pending_change(read, bucket=row.bucket, id=row.id)
    return None if found is None else encode(PREFIXES["invoice"], found.invoice_id)


def _waits(row: SubscriptionView, move: Move) -> bool:
    """Say whether it begins with the next period; in a trial everything does."""
    return move.timing is Timing.PERIOD_END or row.state == SubscriptionState.TRIALING


def _move(visit: Visit, row: SubscriptionView, move: Move) -> dict[str, object]:
    price = move.price
    return {
        "name": price.plan_name, "count": price.cadence_count, "unit": price.cadence_unit,
        "price": visit.writer.price(price.unit_num, price.unit_den, price.currency),
        "waits": _waits(row, move), "on": visit.writer.day(row.billed_through),
        "to": f"{PLAN}/{_id(row)}/{price.plan_code}",
    }  # fmt: skip


def _id(row: SubscriptionView) -> str:
    return encode(PREFIXES["subscription"], row.id)

"""The end of a plan: canceled by two clicks, taken back by one, or withdrawn from while one may."""

from typing import Final

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PREFIXES, SubscriptionId, encode
from ledgerline.flows.cancel_subscription import Canceling, cancel_subscription, preview_cancel
from ledgerline.storefront.portal.reading import live, one_live
from ledgerline.storefront.portal.shown import given_back
from ledgerline.storefront.portal.visit import HOME, Visit, go_to
from ledgerline.subscriptions.model import GivingBack, SubscriptionState, Timing
from ledgerline.subscriptions.rows import SubscriptionView
from ledgerline.web.wire import Response

CANCEL: Final = f"{HOME}/cancel"
_ENDS_NOW: Final = frozenset({SubscriptionState.PAST_DUE, SubscriptionState.PAUSED})
"""What is not served on, or not paid, has no paid time that could run out."""


async def show_newest(visit: Visit) -> Response:
    """Go to the end of the newest subscription; home where there is none."""
    rows = await live(visit)
    if not rows:
        return go_to(HOME)
    return go_to(f"{CANCEL}/{encode(PREFIXES['subscription'], rows[0].id)}")


async def show(visit: Visit) -> Response:
    """Show when the plan would end: one button, and nothing that argues."""
    row = await one_live(visit)
    return await _show(visit, row, timing=_timing(row), back=GivingBack.NONE)


async def cancel(visit: Visit) -> Response:
    """Cancel at the end of what is paid; what is not paid ends at once and is collected no more."""
    row = await one_live(visit)
    return await _end(visit, row, timing=_timing(row), back=GivingBack.NONE)


async def show_withdrawal(visit: Visit) -> Response:
    """Show what a withdrawal from the contract gives back, and through what."""
    return await _show(visit, await one_live(visit), timing=Timing.NOW, back=GivingBack.FULL)


async def withdraw(visit: Visit) -> Response:
    """Withdraw from the contract: it ends at once, and all of it goes back."""
    return await _end(visit, await one_live(visit), timing=Timing.NOW, back=GivingBack.FULL)


async def _show(
    visit: Visit, row: SubscriptionView, *, timing: Timing, back: GivingBack
) -> Response:
    try:
        canceling = await preview_cancel(
            visit.run, SubscriptionId(row.id), timing=timing, back=back
        )
    except Rejected as refused:
        return visit.problem(refused)
    said = _shown(visit, row, canceling)
    withdraws = back is GivingBack.FULL
    said |= {"tab": "home", "withdraws": withdraws, "now": timing is Timing.NOW}
    return visit.page("portal_cancel.html", said)


async def _end(
    visit: Visit, row: SubscriptionView, *, timing: Timing, back: GivingBack
) -> Response:
    form = await visit.form("shown")
    try:
        canceling = await preview_cancel(
            visit.run, SubscriptionId(row.id), timing=timing, back=back
        )
        if form["shown"] != _seen(canceling):
            return await _show(visit, row, timing=timing, back=back)
        await cancel_subscription(
            visit.run, SubscriptionId(row.id), timing=timing, back=back,
            command=visit.command(form),
        )  # fmt: skip
    except Rejected as refused:
        if refused.code != "nothing_to_change":  # it ends already, which is what they want
            return visit.problem(refused)
    return go_to(f"{HOME}?done={'withdrawn' if back is GivingBack.FULL else 'canceled'}")


def _shown(visit: Visit, row: SubscriptionView, canceling: Canceling) -> dict[str, object]:
    done, writer = canceling.cancellation, visit.writer
    returned = sum(one.amount_minor for one in canceling.returns)
    return {
        "name": row.plan_name, "ends_on": writer.day(done.ends_on),
        "lines": [given_back(writer, one, row.currency) for one in done.credits],
        "returned": writer.money(returned, row.currency) if returned else None,
        "stays": writer.money(canceling.stays_minor, row.currency)
        if canceling.stays_minor > 0
        else None,
        "gives_up": bool(canceling.given_up),
        "hidden": visit.sealed(visit.here, shown=_seen(canceling)),
    }  # fmt: skip


def _seen(canceling: Canceling) -> str:
    """Say what a customer agrees to: the day, what goes back and what stays credit."""
    returned = sum(one.amount_minor for one in canceling.returns)
    return f"{canceling.cancellation.ends_on} {returned} {canceling.stays_minor}"


def _timing(row: SubscriptionView) -> Timing:
    return Timing.NOW if row.state in _ENDS_NOW else Timing.PERIOD_END

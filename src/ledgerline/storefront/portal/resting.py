"""A pause and its end: what is given back, what going on costs, and the clicks that agree to it."""

from typing import Final

from ledgerline.base.errors import OutcomeUnknown, Rejected
from ledgerline.base.ids import SubscriptionId
from ledgerline.flows.change_subscription import fingerprint
from ledgerline.flows.pause_subscription import pause_subscription, preview_pause
from ledgerline.flows.resume_subscription import Resumption, preview_resume, resume_subscription
from ledgerline.rules.resting import Pausing
from ledgerline.storefront.portal.plan import after, refusal_of
from ledgerline.storefront.portal.reading import one_live
from ledgerline.storefront.portal.shown import bill_of
from ledgerline.storefront.portal.visit import HOME, Visit, go_to
from ledgerline.subscriptions.model import Anchor
from ledgerline.subscriptions.rows import SubscriptionView
from ledgerline.web.wire import Response

PAUSED: Final = f"{HOME}?done=paused"


async def show_pause(visit: Visit) -> Response:
    """Show what a pause gives back, and when the plan ends if nobody resumes it."""
    return await _show_pause(visit, await one_live(visit))


async def pause(visit: Visit) -> Response:
    """Pause, as it was shown; where that is another pause by now, it is shown again."""
    form = await visit.form("shown")
    row = await one_live(visit)
    try:
        pausing = await preview_pause(visit.run, SubscriptionId(row.id))
        if form["shown"] != _seen(pausing):
            return await _show_pause(visit, row)
        await pause_subscription(visit.run, SubscriptionId(row.id), command=visit.command(form))
    except Rejected as refused:
        if row.state == "paused":  # a second click
            return go_to(PAUSED)
        return visit.problem(refused)
    return go_to(PAUSED)


async def show_resumption(visit: Visit) -> Response:
    """Show what it costs to go on, to the minor unit."""
    row = await one_live(visit)
    return await _show_resumption(visit, row, reason=await refusal_of(visit))


async def resume(visit: Visit) -> Response:
    """Go on, once it is paid as it was shown."""
    form = await visit.form("expect")
    row = await one_live(visit)
    try:
        became = await resume_subscription(
            visit.run, visit.psps, _resumption(row), command=visit.command(form),
            return_url=f"{visit.origin}{visit.here}/return", expect=bytes.fromhex(form["expect"]),
        )  # fmt: skip
    except OutcomeUnknown:
        return go_to(f"{HOME}/pay")
    except Rejected as refused:
        if refused.code == "preview_stale":
            return await _show_resumption(visit, row, is_stale=True, status=422)
        return visit.problem(refused)
    return after(visit, became, done="resumed")


async def _show_pause(visit: Visit, row: SubscriptionView) -> Response:
    try:
        pausing = await preview_pause(visit.run, SubscriptionId(row.id))
    except Rejected as refused:
        return visit.problem(refused)
    credited = pausing.credited_minor
    said: dict[str, object] = {
        "tab": "home", "name": row.plan_name, "ends_on": visit.writer.day(pausing.ends_on),
        "credited": visit.writer.money(credited, row.currency) if credited else None,
        "hidden": visit.sealed(visit.here, shown=_seen(pausing)),
    }  # fmt: skip
    return visit.page("portal_pause.html", said)


def _seen(pausing: Pausing) -> str:
    return f"{pausing.ends_on} {pausing.credited_minor}"


async def _show_resumption(
    visit: Visit,
    row: SubscriptionView,
    *,
    reason: str = "",
    is_stale: bool = False,
    status: int = 200,
) -> Response:
    try:
        proposed = await preview_resume(visit.run, _resumption(row))
    except Rejected as refused:
        return visit.problem(refused)
    said: dict[str, object] = {
        **bill_of(visit.writer, proposed), "tab": "home", "name": row.plan_name,
        "held": row.plan_name, "reason": reason, "is_stale": is_stale,
        "hidden": visit.sealed(visit.here, expect=fingerprint(proposed).hex()),
    }  # fmt: skip
    return visit.page("portal_resume.html", said, status=status)


def _resumption(row: SubscriptionView) -> Resumption:
    """Go on at the old boundaries: only the days to the next one are charged."""
    return Resumption(SubscriptionId(row.id), Anchor.KEEP)

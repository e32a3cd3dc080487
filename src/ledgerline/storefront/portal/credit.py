"""Credit of the customer, and paying it out to the means it came from."""

from typing import Final

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import CustomerId
from ledgerline.flows.pay_out_credit import CreditOrder, PaidOut, pay_out_credit, preview_pay_out
from ledgerline.storefront.portal.home import credit_of
from ledgerline.storefront.portal.visit import HOME, Visit, go_to
from ledgerline.web.wire import Response

_REASON: Final = "asked for in the customer portal"


async def show(visit: Visit) -> Response:
    """Show what is there and what of it can be paid out."""
    held = [visit.writer.money(one.balance_minor, one.currency) for one in await credit_of(visit)]
    parts = await _parts(visit)
    said: dict[str, object] = {
        "tab": "home", "held": held, "totals": _totals(visit, parts),
        "hidden": visit.sealed(visit.here, total=_said(parts)),
    }  # fmt: skip
    return visit.page("portal_credit.html", said)


async def pay_out(visit: Visit) -> Response:
    """Pay it out; where that is another amount by now, it is shown again."""
    form = await visit.form("total")
    if form["total"] != _said(await _parts(visit)):
        return await show(visit)
    try:
        await pay_out_credit(visit.run, _order(visit), command=visit.command(form))
    except Rejected as refused:
        return visit.problem(refused)
    return go_to(f"{HOME}?done=paid_out")


async def _parts(visit: Visit) -> list[PaidOut]:
    try:
        return await preview_pay_out(visit.run, _order(visit))
    except Rejected:
        return []


def _order(visit: Visit) -> CreditOrder:
    return CreditOrder(customer_id=CustomerId(visit.customer.id), reason=_REASON)


def _totals(visit: Visit, parts: list[PaidOut]) -> list[object]:
    sums: dict[str, int] = {}
    for one in parts:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor
    return [visit.writer.money(minor, currency) for currency, minor in sorted(sums.items())]


def _said(parts: list[PaidOut]) -> str:
    return " ".join(f"{one.payment_id}={one.amount_minor}{one.currency}" for one in parts)

"""The first page of the portal: what the customer has, what is next, and what is still open."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from ledgerline.base.calendar import local_date
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import CustomerId, SubscriptionId
from ledgerline.flows.cancel_subscription import preview_cancel
from ledgerline.flows.pause_subscription import preview_pause
from ledgerline.flows.preview_next_invoice import preview_next_total
from ledgerline.invoicing.rows.shown import InvoiceView
from ledgerline.ledger import views as ledger
from ledgerline.ledger.rows import CreditView
from ledgerline.payments import views as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.shown import PaymentMethodView, PaymentsAsked
from ledgerline.payments.rules.prospects import next_try_at
from ledgerline.rules.cancellation import WITHDRAWAL
from ledgerline.storefront.portal.papers import proofs
from ledgerline.storefront.portal.reading import TOP, live, methods, open_invoices, planned
from ledgerline.storefront.portal.shown import ShownDue, ShownPlan, card_of, due_of, plan_of
from ledgerline.storefront.portal.visit import HOME, Visit
from ledgerline.subscriptions.model import GivingBack, SubscriptionState, Timing
from ledgerline.subscriptions.rows import SubscriptionView
from ledgerline.web.wire import Response

PROOFS_SHOWN: Final = 4


async def show(visit: Visit) -> Response:
    """Show the first page."""
    rows, cards = await live(visit), await methods(visit)
    owed = await open_invoices(visit, of=rows)
    credit = await credit_of(visit)
    said: dict[str, object] = {
        "tab": "home",
        "plans": [await _plan(visit, row, cards) for row in rows],
        "dues": [await _due(visit, row) for row in owed],
        "cards": [card_of(one) for one in cards[:1]],
        "credit": [visit.writer.money(one.balance_minor, one.currency) for one in credit],
        "papers": (await proofs(visit))[:PROOFS_SHOWN],
    }
    return visit.page("portal_home.html", said)


async def credit_of(visit: Visit) -> list[CreditView]:
    """Read what sellers owe the customer."""
    ids = [CustomerId(visit.customer.id)]
    async with visit.run.reading() as read:
        found = await ledger.credit(read, buckets=[visit.bucket], customer_ids=ids)
    return [one for one in found if one.balance_minor > 0]


async def _plan(visit: Visit, row: SubscriptionView, cards: list[PaymentMethodView]) -> ShownPlan:
    standing = await planned(visit, row)
    method = next((one for one in cards if one.id == row.payment_method_id), None)
    shown = plan_of(
        visit.writer, row, next_minor=await next_minor(visit, row), method=method,
        standing=standing,
    )  # fmt: skip
    undo = None
    if standing and shown.note != "paused":  # its planned end goes when it is resumed
        undo = visit.sealed(f"{HOME}/undo/{shown.id}", intention=str(standing[-1].entry.seq))
    return replace(
        shown, undo=undo, withdraws=await may_withdraw(visit, row),
        pauses=await may_pause(visit, row),
    )  # fmt: skip


async def next_minor(visit: Visit, row: SubscriptionView) -> int | None:
    """Return what is charged next, in minor units; None where nothing follows."""
    try:
        return await preview_next_total(visit.run, SubscriptionId(row.id))
    except Rejected:
        return None


async def may_pause(visit: Visit, row: SubscriptionView) -> bool:
    """Say whether a pause would be taken now: what would be refused has no button."""
    if row.state != SubscriptionState.ACTIVE:
        return False
    try:
        await preview_pause(visit.run, SubscriptionId(row.id))
    except Rejected:
        return False
    return True


async def may_withdraw(visit: Visit, row: SubscriptionView) -> bool:
    """Say whether the customer may still withdraw from the contract, and has paid for it."""
    now = visit.run.now()
    if local_date(now, row.zone) > local_date(row.created_at, row.zone) + WITHDRAWAL:
        return False
    if row.state not in {SubscriptionState.ACTIVE, SubscriptionState.TRIALING}:
        return False
    try:
        back = await preview_cancel(
            visit.run, SubscriptionId(row.id), timing=Timing.NOW, back=GivingBack.FULL
        )
    except Rejected:
        return False
    return back.credited_minor > 0


async def _due(visit: Visit, row: InvoiceView) -> ShownDue:
    asked = PaymentsAsked(
        before=TOP, bucket=row.bucket, invoice_id=row.id, states=[PaymentState.PROCESSING], limit=1
    )
    async with visit.run.reading() as read:
        found = await payments.payments(read, asked)
    tries = [next_try_at(one) for one in found]
    return due_of(visit.writer, row, again_on=_day(visit, next(iter(tries), None)))


def _day(visit: Visit, at: datetime | None) -> date | None:
    return None if at is None else local_date(at, visit.customer.zone)

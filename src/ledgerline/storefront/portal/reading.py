"""What several pages of the portal read of their customer."""

from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.calendar import local_date, months
from ledgerline.base.ids import PaymentMethodId
from ledgerline.invoicing import views as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.shown import InvoicesAsked, InvoiceView
from ledgerline.payments import views as payments
from ledgerline.payments.rows.shown import PaymentMethodView
from ledgerline.rules.entries import read_entry
from ledgerline.rules.timeline import Entry, fold
from ledgerline.storefront.portal.visit import Visit
from ledgerline.subscriptions import views as subscriptions
from ledgerline.subscriptions.model import BASE, SubscriptionState
from ledgerline.subscriptions.rows import ItemView, SubscriptionsAsked, SubscriptionView
from ledgerline.web.forms import PageMissing

TOP: Final = UUID(int=(1 << 128) - 1)
LISTED_MAX: Final = 100
LIVE: Final = (
    SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE, SubscriptionState.PAUSED,
    SubscriptionState.TRIALING,
)  # fmt: skip
_DAY: Final = timedelta(days=1)  # a date may be the seller's, an instant is everybody's


class Planned(NamedTuple):
    """What stands with a date, and the plan that follows it, if one does."""

    entry: Entry
    plan_name: str | None


async def live(visit: Visit) -> list[SubscriptionView]:
    """Read what the customer has now, newest first."""
    asked = SubscriptionsAsked(
        now=visit.run.now(), before=TOP, bucket=visit.bucket, customer_id=visit.customer.id,
        states=sorted(LIVE), limit=LISTED_MAX,
    )  # fmt: skip
    async with visit.run.reading() as read:
        return await subscriptions.subscriptions(read, asked)


async def one_live(visit: Visit) -> SubscriptionView:
    """Read the subscription that an address names; raises ``PageMissing`` for none that lives."""
    id = visit.id("subscription")
    async with visit.run.reading() as read:
        row = visit.own(
            await subscriptions.subscription(read, bucket=visit.bucket, id=id, now=visit.run.now())
        )
    if row.state not in LIVE:
        raise PageMissing
    return row


async def planned(visit: Visit, row: SubscriptionView) -> list[Planned]:
    """Read what stands for a subscription, oldest first."""
    today = local_date(visit.run.now(), row.zone)
    async with visit.run.reading() as read:
        log = await subscriptions.log(read, bucket=row.bucket, id=row.id)
        items = await subscriptions.items(read, bucket=row.bucket, id=row.id, today=today)
    standing = fold([read_entry(one) for one in log], on=today).intentions
    return [Planned(one, _plan_name(one, items)) for one in standing]


def _plan_name(entry: Entry, items: list[ItemView]) -> str | None:
    codes = [step.plan_code for step in entry.delta.steps if step.component == BASE]
    return next((one.plan_name for one in items if codes and one.plan_code == codes[-1]), None)


async def open_invoices(visit: Visit, *, of: list[SubscriptionView]) -> list[InvoiceView]:
    """Read what is owed for some subscriptions, oldest first."""
    owned = {one.id for one in of}
    asked = InvoicesAsked(
        before=TOP, bucket=visit.bucket, customer_id=visit.customer.id, subscription_id=None,
        months=months_of(visit), states=[InvoiceState.OPEN], limit=LISTED_MAX,
    )  # fmt: skip
    async with visit.run.reading() as read:
        rows = await invoicing.invoices(read, asked)
    return [row for row in reversed(rows) if row.subscription_id in owned]


async def methods(visit: Visit) -> list[PaymentMethodView]:
    """Read what the customer can be charged by, newest first."""
    async with visit.run.reading() as read:
        return await payments.payment_methods(
            read, bucket=visit.bucket, customer_id=visit.customer.id, before=TOP, limit=LISTED_MAX
        )


async def default_of(visit: Visit) -> PaymentMethodId | None:
    """Read what the customer is charged by unless something else is named."""
    async with visit.run.reading() as read:
        found = await payments.default_methods(read, customer_ids=[visit.customer.id])
    return found[0].payment_method_id if found else None


def months_of(visit: Visit, *, year: int | None = None) -> list[int]:
    """List the months in which something of the customer can lie, or those of a year."""
    first = visit.customer.created_at.date() - _DAY
    last = visit.run.now().date() + _DAY
    if year is not None:
        first, last = max(first, date(year, 1, 1) - _DAY), min(last, date(year, 12, 31) + _DAY)
    return months(first, last) if first <= last else []

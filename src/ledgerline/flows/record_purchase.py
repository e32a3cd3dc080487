"""Write what a purchase leaves: subscription, log, invoice and event."""

import json
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base import canonical
from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    AttemptId,
    InvoiceId,
    ItemId,
    PaymentId,
    PurchaseId,
    SubscriptionId,
)
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.rows import RedemptionRow
from ledgerline.flows.issue_invoices import (
    Issues,
    issue_invoices_in,
)
from ledgerline.flows.quote_purchase import Quote
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.purchases import store as purchases
from ledgerline.purchases.rows import NewPurchaseRow
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    Attached,
    LogKind,
    SubscriptionState,
)
from ledgerline.subscriptions.rows import LogRow, NewSubscriptionRow


@dataclass(frozen=True, slots=True)
class PurchaseIds:
    """The ids of a purchase, made before anything is written: a repeat uses the same."""

    purchase: PurchaseId
    subscription: SubscriptionId
    item: ItemId
    invoice: InvoiceId
    payment: PaymentId
    attempt: AttemptId


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """What was quoted, the invoice it makes, and what the buyer attached to it."""

    quote: Quote
    ids: PurchaseIds
    issue: Issues
    attached: Attached


async def record_purchase_in(tx: Tx, run: Run, bought: NewPurchase, *, now: datetime) -> None:
    """Write the subscription, its log, its invoice and what else a purchase leaves, paid or not.

    Called by ``start_purchase`` in its pipeline; the keys of the rows refuse a repeat.
    """
    quote, ids, issue = bought.quote, bought.ids, bought.issue
    customer, priced = quote.customer, quote.price
    await subscriptions.add_subscriptions(tx, [_subscription(bought, now=now)])
    await subscriptions.append_log(tx, [_log(quote, ids, now)])
    settled = issue.settled
    if quote.line_kind == "trial":
        await customers.redeem_trial(
            tx,
            RedemptionRow(
                bucket=customer.bucket,
                customer_id=customer.id,
                family=priced.family,
                subscription_id=ids.subscription,
                redeemed_at=now,
            ),
        )
    await purchases.add_purchase(
        tx,
        NewPurchaseRow(
            bucket=customer.bucket,
            id=ids.purchase,
            customer_id=customer.id,
            subscription_id=ids.subscription,
            invoice_id=ids.invoice,
            payment_id=None if settled else ids.payment,
            created_at=now,
        ),
    )
    await issue_invoices_in(tx, run, [issue], now=now)
    await record_events_in(
        tx,
        run,
        [
            NewEvent(
                bucket=customer.bucket,
                aggregate_id=ids.subscription,
                seq=1,
                kind=EventKind.SUBSCRIPTION_CREATED,
                customer_id=customer.id,
                occurred_at=now,
            ),
        ],
    )
    assert priced.id == quote.line.terms.price_id, (priced.id, quote.line.terms)


def _subscription(bought: NewPurchase, *, now: datetime) -> NewSubscriptionRow:
    quote, ids, issue, attached = bought.quote, bought.ids, bought.issue, bought.attached
    customer, priced, grid = quote.customer, quote.price, quote.grid
    return NewSubscriptionRow(
        bucket=customer.bucket,
        id=ids.subscription,
        customer_id=customer.id,
        seller_code=priced.seller_code,
        market_code=customer.market_code,
        currency=priced.currency,
        zone=customer.zone,
        family=priced.family,
        state=SubscriptionState.INCOMPLETE,
        state_before="-",
        state_event="created",
        item_id=ids.item,
        plan_code=priced.plan_code,
        price_id=priced.id,
        quantity=quote.line.terms.quantity,
        grid_origin=grid.origin,
        grid_day=grid.day,
        cadence_count=priced.cadence_count,
        cadence_unit=priced.cadence_unit,
        billed_through=quote.line.period.end,
        next_bill_at=None,
        ends_on=None,
        coupon_code=quote.coupon_code,
        coupon_periods_left=quote.coupon_periods_left,
        payment_method_id=issue.ids["payment_method_id"][0],
        customer_version=customer.version,
        metadata=json.dumps(attached.metadata),
        external_id=attached.external_id,
        log_seq=1,
        event_seq=1,
        version=1,
        created_at=now,
        ended_at=None,
    )


def _log(quote: Quote, ids: PurchaseIds, now: datetime) -> LogRow:
    return LogRow(
        bucket=quote.customer.bucket,
        subscription_id=ids.subscription,
        seq=1,
        kind=LogKind.CREATED,
        effective=quote.line.period.start,
        entitled_at=now,
        recorded_at=now,
        actor="purchase",
        command_key=f"purchase:{ids.purchase}",
        body=_body(quote, ids),
    )


def _body(quote: Quote, ids: PurchaseIds) -> str:
    terms = quote.line.terms
    return canonical.canonical(
        {
            "item": str(ids.item),
            "plan": terms.plan_code,
            "price": str(terms.price_id),
            "quantity": terms.quantity,
            "grid_origin": quote.grid.origin.isoformat(),
            "grid_day": quote.grid.day,
            "billed_through": quote.line.period.end.isoformat(),
        }
    ).decode()

"""Write what a purchase leaves: subscription, log, items, offers, invoice and event."""

import json
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    AttemptId,
    CheckoutId,
    InvoiceId,
    PaymentId,
    PurchaseId,
    SubscriptionId,
)
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.rows import CustomerRow, RedemptionRow
from ledgerline.flows.issue_invoices import Issues, issue_invoices_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.purchases import store as purchases
from ledgerline.purchases.rows import NewPurchaseRow
from ledgerline.rules.entries import write_delta
from ledgerline.rules.quote import Quote
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.subscriptions.rows import LogRow, NewSubscriptionRow


@dataclass(frozen=True, slots=True)
class PurchaseIds:
    """The ids of a purchase, made before anything is written: a repeat uses the same."""

    purchase: PurchaseId
    subscription: SubscriptionId
    invoice: InvoiceId
    payment: PaymentId
    attempt: AttemptId


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """What a customer buys: priced, with the invoice to issue and the ids it will have.

    ``session_id`` is the checkout session that it comes from, as its ``try_no``th try.
    """

    customer: CustomerRow
    quote: Quote
    issue: Issues
    ids: PurchaseIds
    session_id: CheckoutId | None = None
    try_no: int | None = None


async def record_purchase_in(
    tx: Tx,
    run: Run,
    bought: NewPurchase,
    *,
    now: datetime,
) -> None:
    """Write the subscription, its log, its invoice and what else a purchase leaves, paid or not.

    Called by ``start_purchase`` in its pipeline; the keys of the rows refuse a repeat. The rows are
    those that ``rebuild`` makes of the log's first entry.
    """
    customer, quote, issue, ids = bought.customer, bought.quote, bought.issue, bought.ids
    subscription = _subscription(customer, quote, issue, ids=ids, now=now)
    await subscriptions.add_subscriptions(tx, [subscription])
    await subscriptions.append_log(tx, [_log(customer, quote, ids, now)])
    await subscriptions.add_items(tx, quote.projection.items)
    await subscriptions.add_offers(tx, quote.projection.offers)
    if quote.free:
        family = quote.price.family
        await customers.redeem_trial(tx, _redemption(customer, family, ids, now))
    await purchases.add_purchase(
        tx,
        NewPurchaseRow(
            bucket=customer.bucket,
            id=ids.purchase,
            customer_id=customer.id,
            subscription_id=ids.subscription,
            invoice_id=ids.invoice,
            payment_id=None if issue.settled else ids.payment,
            checkout_session_id=bought.session_id,
            checkout_try=bought.try_no,
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


def _redemption(
    customer: CustomerRow, family: str, ids: PurchaseIds, now: datetime
) -> RedemptionRow:
    return RedemptionRow(
        bucket=customer.bucket,
        customer_id=customer.id,
        family=family,
        subscription_id=ids.subscription,
        redeemed_at=now,
    )


def _subscription(
    customer: CustomerRow, quote: Quote, issue: Issues, *, ids: PurchaseIds, now: datetime
) -> NewSubscriptionRow:
    priced, clock = quote.price, quote.projection.clock
    grid = clock.grid
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
        grid_origin=grid.origin,
        grid_day=grid.day,
        cadence_count=grid.cadence.count,
        cadence_unit=grid.cadence.unit,
        billed_through=clock.billed_through,
        next_bill_at=None,
        ends_on=None,
        payment_method_id=issue.ids["payment_method_id"][0],
        customer_version=customer.version,
        metadata=json.dumps(quote.order.attached.metadata),
        external_id=quote.order.attached.external_id,
        item_seq=max(item.no for item in quote.projection.items),
        log_seq=1,
        event_seq=1,
        version=1,
        created_at=now,
        ended_at=None,
    )


def _log(customer: CustomerRow, quote: Quote, ids: PurchaseIds, now: datetime) -> LogRow:
    entry = quote.entry
    return LogRow(
        bucket=customer.bucket,
        subscription_id=ids.subscription,
        seq=entry.seq,
        kind=entry.kind,
        effective=entry.effective,
        entitled_at=now,
        recorded_at=now,
        actor="purchase",
        command_key=f"purchase:{ids.purchase}",
        body=write_delta(entry.delta),
    )

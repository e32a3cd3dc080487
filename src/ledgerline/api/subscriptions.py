"""Subscriptions: read, list, change the plan, cancel."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.api import lists, previews
from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.previews import CancelPreview, ChangePreview
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    Code,
    CursorText,
    Days,
    IdText,
    Limit,
    Money,
    Page,
    States,
    money,
    utc,
    utc_or_none,
)
from ledgerline.base.ids import PREFIXES, Bucket, SubscriptionId, bucket_of, encode
from ledgerline.entitlements import views as entitlements
from ledgerline.entitlements.rows import CoverView
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_plan import Change, change_plan, preview_change
from ledgerline.flows.preview_cancel import preview_cancel
from ledgerline.subscriptions import views
from ledgerline.subscriptions.model import SubscriptionNotFound, SubscriptionState, Timing
from ledgerline.subscriptions.rows import SubscriptionsAsked, SubscriptionView


class ChangeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan a subscription moves to, and when."""

    plan: Code
    when: Timing
    validate_only: bool = False


class CancelBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a subscription ends."""

    when: Timing
    validate_only: bool = False


class SubscriptionsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which subscriptions; ``status`` takes several, separated by commas."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    customer: IdText | None = None
    status: States | None = None


class Cover(Struct, frozen=True, kw_only=True):
    """When service is given, and why."""

    starts_at: datetime
    ends_at: datetime
    reason: str
    invoice: str


class Subscription(Struct, frozen=True, kw_only=True):
    """The agreement; ``covers`` only where one subscription is asked for."""

    id: str
    object: str = "subscription"
    livemode: bool
    status: str
    customer: str
    market: str
    time_zone: str
    plan: str
    plan_name: str
    price: str
    unit_price: Money
    tax_behavior: str
    quantity: int
    cadence: str
    period: Days | None
    next_charge_at: datetime | None
    ends_on: date | None
    pending_plan: str | None
    coupon: str | None
    payment_method: str | None
    parked: str | None
    created: datetime
    ended: datetime | None
    covers: list[Cover] | None = None


COVERS_MAX: Final = 100


async def get(call: Call) -> Answer:
    """Read one subscription with its covers."""
    return Answer(200, await _read(call, call.id("subscription")))


async def list_(call: Call) -> Answer:
    """List subscriptions, of one customer or of all."""
    query: SubscriptionsQuery = call.query
    customer_id = None if query.customer is None else read_id("customer", query.customer)
    place = lists.place(call)
    asked = SubscriptionsAsked(
        before=place.at,
        before_id=place.id,
        bucket=None if customer_id is None else bucket_of(customer_id),
        customer_id=customer_id,
        states=lists.states(query.status, SubscriptionState),
        limit=query.limit + 1,
    )
    async with call.run.reading() as read:
        rows = await views.subscriptions(read, asked)
    return lists.page(call, rows, key=_key, shape=lambda row: _shape(call, row, None))


async def change(call: Call) -> Answer:
    """Move a subscription to another plan, or show what that would do."""
    body: ChangeBody = call.body
    subscription_id = SubscriptionId(call.id("subscription"))
    wanted = Change(subscription_id, body.plan, body.when)
    if body.validate_only:
        return Answer(200, await previews.of_change(call, await preview_change(call.run, wanted)))
    await change_plan(call.run, wanted, command=call.command)
    return Answer(200, await _read(call, subscription_id))


async def cancel(call: Call) -> Answer:
    """End a subscription, or show what that would do."""
    body: CancelBody = call.body
    subscription_id = SubscriptionId(call.id("subscription"))
    if body.validate_only:
        proposal = await preview_cancel(call.run, subscription_id, timing=body.when)
        return Answer(200, previews.of_cancel(call, proposal))
    await cancel_subscription(call.run, subscription_id, timing=body.when, command=call.command)
    return Answer(200, await _read(call, subscription_id))


async def _read(call: Call, subscription_id: UUID) -> Subscription:
    bucket = bucket_of(subscription_id)
    async with call.run.reading() as read:
        row = await views.subscription(read, bucket=bucket, id=subscription_id)
        covers = await entitlements.covers(
            read,
            bucket=bucket,
            subscription_id=subscription_id,
            months=lists.months_since(call, subscription_id),
            limit=COVERS_MAX,
        )
    if row is None:
        raise SubscriptionNotFound("there is no such subscription")
    return _shape(call, row, [_cover(one) for one in covers])


def _key(row: SubscriptionView) -> tuple[datetime, UUID]:
    return row.created_at, row.id


def _cover(row: CoverView) -> Cover:
    return Cover(
        starts_at=utc(row.starts_at),
        ends_at=utc(row.ends_at),
        reason=row.reason,
        invoice=encode(PREFIXES["invoice"], row.invoice_id),
    )


def _shape(call: Call, row: SubscriptionView, covers: list[Cover] | None) -> Subscription:
    start, method = row.period_start, row.payment_method_id
    return Subscription(
        id=encode(PREFIXES["subscription"], row.id),
        livemode=call.livemode,
        status=row.state,
        customer=encode(PREFIXES["customer"], row.customer_id),
        market=row.market_code,
        time_zone=row.zone,
        plan=row.plan_code,
        plan_name=row.plan_name,
        price=encode(PREFIXES["price"], row.price_id),
        unit_price=money(row.unit_minor, row.currency),
        tax_behavior=row.tax_behavior,
        quantity=row.quantity,
        cadence=f"P{row.cadence_count}{row.cadence_unit[0].upper()}",
        period=None if start is None else Days(start, row.billed_through),
        next_charge_at=utc_or_none(row.next_bill_at),
        ends_on=row.ends_on,
        pending_plan=row.pending_plan_code,
        coupon=row.coupon_code,
        payment_method=None if method is None else encode(PREFIXES["payment_method"], method),
        parked=row.parked,
        created=utc(row.created_at),
        ended=utc_or_none(row.ended_at),
        covers=covers,
    )


def _shard(call: Call) -> Bucket:
    return bucket_of(call.id("subscription"))


OPERATIONS: Final = (
    Operation(
        name="list_subscriptions", method="GET", path="/v1/subscriptions",
        summary="List subscriptions", handle=list_, gives={200: Page[Subscription]},
        query=SubscriptionsQuery,
    ),
    Operation(
        name="get_subscription", method="GET", path="/v1/subscriptions/{id}",
        summary="Read a subscription", handle=get, gives={200: Subscription},
    ),
    Operation(
        name="change_subscription", method="POST", path="/v1/subscriptions/{id}/change",
        summary="Move a subscription to another plan", handle=change,
        gives={200: (Subscription, ChangePreview)}, body=ChangeBody, keyed=Keyed.REQUIRED,
        shard=_shard,
    ),
    Operation(
        name="cancel_subscription", method="POST", path="/v1/subscriptions/{id}/cancel",
        summary="End a subscription", handle=cancel, gives={200: (Subscription, CancelPreview)},
        body=CancelBody, keyed=Keyed.REQUIRED, shard=_shard,
    ),
)  # fmt: skip

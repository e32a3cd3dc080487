"""Subscriptions: read, list, note on, change the plan, cancel."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ledgerline.api import lists, notes, previews
from ledgerline.api.notes import ExternalId, Metadata, Version, seen_of
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
from ledgerline.customers.model import KEEP
from ledgerline.entitlements import views as entitlements
from ledgerline.entitlements.rows import CoverView
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_plan import Change, change_plan, preview_change
from ledgerline.flows.note_subscription import Notes, note_subscription
from ledgerline.flows.preview_cancel import preview_cancel
from ledgerline.subscriptions import views
from ledgerline.subscriptions.model import SubscriptionNotFound, SubscriptionState, Timing
from ledgerline.subscriptions.rows import AgreementView, SubscriptionsAsked, SubscriptionView


class ChangeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan a subscription moves to, and when."""

    plan: Code
    when: Timing
    validate_only: bool = False


class CancelBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a subscription ends."""

    when: Timing
    validate_only: bool = False


class SubscriptionPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is noted on a subscription, and the version it was read in, unless ``If-Match`` says it.

    What is left out stays, null takes away, metadata is replaced whole.
    """

    version: Version | None = None
    metadata: Metadata | UnsetType = UNSET
    external_id: ExternalId | UnsetType | None = UNSET


class SubscriptionsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which subscriptions; ``status`` takes several, separated by commas.

    An external id names one at most, and the other filters hold for it too.
    """

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    customer: IdText | None = None
    status: States | None = None
    external_id: ExternalId | None = None


class Cover(Struct, frozen=True, kw_only=True):
    """When service is given, and why."""

    starts_at: datetime
    ends_at: datetime
    reason: str
    invoice: str


class Agreement(Struct, frozen=True, kw_only=True):
    """A text that the payer accepted; of an address only whether there was one is told."""

    kind: str
    text_version: str
    accepted: datetime
    channel: str
    has_ip: bool


class Subscription(Struct, frozen=True, kw_only=True):
    """What was agreed; ``covers`` and ``agreements`` only where one subscription is asked for.

    ``customer_version`` is the version of the customer that the next invoice names as the buyer.
    """

    id: str
    object: str = "subscription"
    livemode: bool
    version: int
    status: str
    customer: str
    customer_version: int
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
    metadata: Mapping[str, str]
    external_id: str | None
    created: datetime
    ended: datetime | None
    covers: list[Cover] | None = None
    agreements: list[Agreement] | None = None


COVERS_MAX: Final = 100
ENDED: Final = frozenset({SubscriptionState.CANCELED, SubscriptionState.EXPIRED})
LIVE: Final = frozenset(SubscriptionState) - ENDED


async def get(call: Call) -> Answer:
    """Read one subscription with its covers."""
    return Answer(200, await _read(call, call.id("subscription")))


async def list_(call: Call) -> Answer:
    """List subscriptions, of one customer or of all."""
    query: SubscriptionsQuery = call.query
    customer_id = None if query.customer is None else read_id("customer", query.customer)
    states = lists.states(query.status, SubscriptionState)
    if query.external_id is not None:
        return await _found(call, query.external_id, customer_id=customer_id, states=states)
    asked = SubscriptionsAsked(
        before=lists.before(call),
        bucket=None if customer_id is None else bucket_of(customer_id),
        customer_id=customer_id,
        states=None,
        limit=query.limit + 1,
    )
    async with call.run.reading() as read:
        rows = await lists.each(
            lists.singly(states) if customer_id is None else lists.within(states, LIVE, ENDED),
            lambda some: views.subscriptions(read, asked._replace(states=some)),
            limit=asked.limit,
        )
    return lists.page(call, rows, shape=lambda row: _shape(call, row))


async def note(call: Call) -> Answer:
    """Note on a subscription; the same version twice is refused."""
    body: SubscriptionPatch = call.body
    subscription_id = SubscriptionId(call.id("subscription"))
    noted = Notes(
        metadata=KEEP if body.metadata is UNSET else body.metadata,
        external_id=KEEP if body.external_id is UNSET else body.external_id,
    )
    await note_subscription(
        call.run, subscription_id, noted, seen=seen_of(call), command=call.command
    )
    return Answer(200, await _read(call, subscription_id))


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


async def _found(
    call: Call, external_id: str, *, customer_id: UUID | None, states: list[str] | None
) -> Answer:
    subscription_id = await notes.owner_of(call, "subscription", external_id)
    if subscription_id is None:
        return lists.few(call, [])
    async with call.run.reading() as read:
        row = await views.subscription(read, bucket=bucket_of(subscription_id), id=subscription_id)
    assert row is not None, subscription_id
    fits = customer_id in {None, row.customer_id} and (states is None or row.state in states)
    return lists.few(call, [_shape(call, row)] if fits else [])


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
        agreements = await views.agreements(read, bucket=bucket, subscription_id=subscription_id)
    if row is None:
        raise SubscriptionNotFound("there is no such subscription")
    return msgspec.structs.replace(
        _shape(call, row),
        covers=[_cover(one) for one in covers],
        agreements=[_agreement(one) for one in agreements],
    )


def _cover(row: CoverView) -> Cover:
    return Cover(
        starts_at=utc(row.starts_at),
        ends_at=utc(row.ends_at),
        reason=row.reason,
        invoice=encode(PREFIXES["invoice"], row.invoice_id),
    )


def _agreement(row: AgreementView) -> Agreement:
    return Agreement(
        kind=row.kind,
        text_version=row.text_version,
        accepted=utc(row.accepted_at),
        channel=row.channel,
        has_ip=row.has_ip,
    )


def _shape(call: Call, row: SubscriptionView) -> Subscription:
    start, method = row.period_start, row.payment_method_id
    return Subscription(
        id=encode(PREFIXES["subscription"], row.id),
        livemode=call.livemode,
        version=row.version,
        status=row.state,
        customer=encode(PREFIXES["customer"], row.customer_id),
        customer_version=row.customer_version,
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
        metadata=notes.shown(row.metadata),
        external_id=row.external_id,
        created=utc(row.created_at),
        ended=utc_or_none(row.ended_at),
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
        name="update_subscription", method="PATCH", path="/v1/subscriptions/{id}",
        summary="Note on a subscription", handle=note, gives={200: Subscription},
        body=SubscriptionPatch, keyed=Keyed.OPTIONAL, shard=_shard, is_versioned=True,
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

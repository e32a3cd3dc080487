"""Subscriptions: read, list, note on, change, take back what is planned, cancel."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ledgerline.api import declines, lists, notes, previews, terms
from ledgerline.api.notes import ExternalId, Metadata, Version, seen_of
from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.previews import (
    CancelBody,
    CancelPreview,
    ChangeBody,
    ChangePreview,
    UndoPreview,
    change_of,
)
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    CursorText,
    CustomerIdText,
    Days,
    Limit,
    Page,
    PaymentMethodIdText,
    States,
    UnitPrice,
    unit_price,
    utc,
    utc_or_none,
)
from ledgerline.base.calendar import Cadence, Grid, Unit, local_date
from ledgerline.base.ids import PREFIXES, PaymentMethodId, SubscriptionId, bucket_of, encode
from ledgerline.customers.model import KEEP
from ledgerline.entitlements import views as entitlements
from ledgerline.flows.cancel_subscription import cancel_subscription, preview_cancel
from ledgerline.flows.change_subscription import (
    Changed,
    ChangeOutcome,
    change_subscription,
    preview_change,
)
from ledgerline.flows.note_subscription import Notes, note_subscription
from ledgerline.flows.undo_scheduled import preview_undo, undo_scheduled
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.rules.entries import read_entry
from ledgerline.rules.timeline import fold
from ledgerline.subscriptions import views
from ledgerline.subscriptions.model import (
    ChangeWithdrawn,
    NothingToChange,
    SubscriptionNotFound,
    SubscriptionState,
)
from ledgerline.subscriptions.rows import SubscriptionsAsked, SubscriptionView
from ledgerline.subscriptions.rules import outlook


class PaymentMethodChoice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which method of the customer pays from now on."""

    payment_method: PaymentMethodIdText


class UndoBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which intention is taken back; the newest one unless given."""

    intention: int | None = None
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
    customer: CustomerIdText | None = None
    status: States | None = None
    external_id: ExternalId | None = None


class Subscription(Struct, frozen=True, kw_only=True):
    """The agreement; what follows ``ended`` only where one subscription is asked for.

    ``period`` is the one that was billed last, null where the purchase failed. ``next_charge_at``
    is when the period after it will be charged, null when none will be: service ends first, or the
    subscription is ``parked``. Where a payment is late it holds if that is paid. ``ends_on`` is the
    first day without service, planned or past; items, offers and ``pending_plan`` do not reach
    beyond it.
    ``customer_version`` is that of the customer that the next invoice names as the buyer and
    ``pending_change`` names the invoice of a change that waits for its payment.
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
    unit_price: UnitPrice
    tax_behavior: str
    quantity: int
    cadence: str
    period: Days | None
    next_charge_at: datetime | None
    ends_on: date | None
    payment_method: str | None
    parked: str | None
    metadata: Mapping[str, str]
    external_id: str | None
    created: datetime
    ended: datetime | None
    pending_plan: str | None = None
    pending_change: str | None = None
    items: list[terms.Item] | None = None
    offers: list[terms.Offer] | None = None
    intentions: list[terms.Intention] | None = None
    covers: list[terms.Cover] | None = None
    agreements: list[terms.Agreement] | None = None


COVERS_MAX: Final = 100
_NOTHING_HAPPENED: Final = "The payment was refused; nothing was changed and nothing charged."
ENDED: Final = frozenset({SubscriptionState.CANCELED, SubscriptionState.EXPIRED})
LIVE: Final = frozenset(SubscriptionState) - ENDED


async def get(call: Call) -> Answer:
    """Read one subscription with its covers."""
    return Answer(200, await read(call, call.id("subscription")))


async def list_(call: Call) -> Answer:
    """List subscriptions, of one customer or of all."""
    query: SubscriptionsQuery = call.query
    customer_id = None if query.customer is None else read_id("customer", query.customer)
    states = lists.states(query.status, SubscriptionState)
    if query.external_id is not None:
        return await _found(call, query.external_id, customer_id=customer_id, states=states)
    asked = SubscriptionsAsked(
        now=call.run.now(),
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
    return Answer(200, await read(call, subscription_id))


async def change(call: Call) -> Answer:
    """Move a subscription to another plan or quantity, or show what that would do.

    200 when it has happened or stands, 402 when what was due was declined and nothing happened,
    202 while nobody knows yet; then a repeat with the same key says what became of it.
    """
    body: ChangeBody = call.body
    if body.plan is None and body.quantity is None:
        raise NothingToChange("name a plan, a quantity, or both")
    subscription_id = SubscriptionId(call.id("subscription"))
    wanted = change_of(subscription_id, body)
    if body.validate_only:
        proposed = await preview_change(call.run, wanted, ordering=True)
        return Answer(200, previews.of_change(call, proposed))
    became = await change_subscription(
        call.run, call.psps, wanted, command=call.command, return_url=body.return_url
    )
    return await answer_of(call, subscription_id, became)


async def answer_of(call: Call, subscription_id: SubscriptionId, became: ChangeOutcome) -> Answer:
    """Say what became of a change, or of a resumption."""
    if became.changed is Changed.WITHDRAWN:
        raise ChangeWithdrawn("the change was given up before it was paid")
    if became.changed is Changed.DECLINED and became.invoice_id is not None:
        declined = await declines.of_invoice(
            call, became.invoice_id, _NOTHING_HAPPENED,
            retry_after_seconds=became.retry_after_seconds,
        )  # fmt: skip
        return Answer(402, declined)
    shown = await read(call, subscription_id)
    if became.changed is Changed.WAITS:
        return Answer(202, shown, is_final=False)
    return Answer(200, shown)


async def use_method(call: Call) -> Answer:
    """Charge by another method from now on; what was refused before is tried at once."""
    body: PaymentMethodChoice = call.body
    subscription_id = SubscriptionId(call.id("subscription"))
    method_id = PaymentMethodId(read_id("payment_method", body.payment_method))
    await use_payment_method(call.run, subscription_id, method_id=method_id, command=call.command)
    return Answer(200, await read(call, subscription_id))


async def undo(call: Call) -> Answer:
    """Take back what is planned, or show what that would do."""
    body: UndoBody = call.body
    subscription_id = SubscriptionId(call.id("subscription"))
    if body.validate_only:
        undoing = await preview_undo(call.run, subscription_id, seq=body.intention)
        return Answer(200, previews.of_undo(call, undoing))
    await undo_scheduled(call.run, subscription_id, seq=body.intention, command=call.command)
    return Answer(200, await read(call, subscription_id))


async def cancel(call: Call) -> Answer:
    """End a subscription, or show what that would do."""
    body: CancelBody = call.body
    subscription_id = SubscriptionId(call.id("subscription"))
    if body.validate_only:
        canceling = await preview_cancel(
            call.run, subscription_id, timing=body.when, back=body.refund
        )
        return Answer(200, previews.of_cancel(call, canceling))
    await cancel_subscription(
        call.run, subscription_id, timing=body.when, back=body.refund, command=call.command
    )
    return Answer(200, await read(call, subscription_id))


async def _found(
    call: Call, external_id: str, *, customer_id: UUID | None, states: list[str] | None
) -> Answer:
    subscription_id = await notes.owner_of(call, "subscription", external_id)
    if subscription_id is None:
        return lists.few(call, [])
    async with call.run.reading() as read:
        row = await views.subscription(
            read, bucket=bucket_of(subscription_id), id=subscription_id, now=call.run.now()
        )
    assert row is not None, subscription_id
    fits = customer_id in {None, row.customer_id} and (states is None or row.state in states)
    return lists.few(call, [_shape(call, row)] if fits else [])


async def read(call: Call, subscription_id: UUID) -> Subscription:
    """Read a subscription with all that belongs to it; raises ``SubscriptionNotFound``."""
    bucket, now = bucket_of(subscription_id), call.run.now()
    async with call.run.reading() as read:
        row = await views.subscription(read, bucket=bucket, id=subscription_id, now=now)
        if row is None:
            raise SubscriptionNotFound("there is no such subscription")
        today = local_date(now, row.zone)
        items = await views.items(read, bucket=bucket, id=subscription_id, today=today)
        offers = await views.offers(read, bucket=bucket, id=subscription_id, today=today)
        log = await views.log(read, bucket=bucket, id=subscription_id)
        pending = await views.pending_change(read, bucket=bucket, id=subscription_id)
        covers = await entitlements.covers(
            read,
            bucket=bucket,
            subscription_id=subscription_id,
            months=lists.months_since(call, subscription_id),
            limit=COVERS_MAX,
        )
        agreements = await views.agreements(read, bucket=bucket, subscription_id=subscription_id)
    timeline = fold([read_entry(one) for one in log], on=today)
    standing = () if row.ended_at is not None else timeline.intentions
    end = outlook.service_ends_on(outlook.course_of(row))
    return msgspec.structs.replace(
        _shape(call, row),
        pending_plan=terms.pending_plan(row, standing),
        pending_change=None if pending is None else encode(PREFIXES["invoice"], pending.invoice_id),
        items=[terms.item(one, row.currency) for one in outlook.had_until(items, end=end)],
        offers=[terms.offer(one) for one in outlook.reduced_until(offers, end=end)],
        intentions=[terms.intention(one) for one in standing],
        covers=[terms.cover(one) for one in covers],
        agreements=[terms.agreement(one) for one in agreements],
    )


def _shape(call: Call, row: SubscriptionView) -> Subscription:
    method, course = row.payment_method_id, outlook.course_of(row)
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
        unit_price=unit_price(row.unit_num, row.unit_den, row.currency),
        tax_behavior=row.tax_behavior,
        quantity=row.quantity,
        cadence=f"P{row.cadence_count}{row.cadence_unit[0].upper()}",
        period=_period(row),
        next_charge_at=utc_or_none(outlook.next_charge_at(course)),
        ends_on=outlook.service_ends_on(course),
        payment_method=None if method is None else encode(PREFIXES["payment_method"], method),
        parked=row.parked,
        metadata=notes.shown(row.metadata),
        external_id=row.external_id,
        created=utc(row.created_at),
        ended=utc_or_none(row.ended_at),
    )


def _period(row: SubscriptionView) -> Days | None:
    """Return the period that is billed last: of the grid, but not before the agreement."""
    if row.state == SubscriptionState.EXPIRED:
        return None
    begun = local_date(row.created_at, row.zone)
    if row.state == SubscriptionState.TRIALING:
        return Days(begun, row.billed_through)
    cadence = Cadence(row.cadence_count, Unit(row.cadence_unit))
    grid = Grid(row.grid_origin, cadence, row.grid_day)
    last = grid.period(grid.index_of(row.billed_through - timedelta(days=1)))
    return Days(max(begun, last.start), row.billed_through)


def _about(call: Call) -> UUID:
    return call.id("subscription")


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
        body=SubscriptionPatch, keyed=Keyed.OPTIONAL, about=_about, is_versioned=True,
    ),
    Operation(
        name="change_subscription", method="POST", path="/v1/subscriptions/{id}/change",
        summary="Move a subscription to another plan or quantity", handle=change,
        gives={200: (Subscription, ChangePreview), 202: Subscription}, body=ChangeBody,
        keyed=Keyed.REQUIRED, about=_about,
    ),
    Operation(
        name="use_payment_method", method="POST", path="/v1/subscriptions/{id}/payment_method",
        summary="Charge a subscription by another payment method", handle=use_method,
        gives={200: Subscription}, body=PaymentMethodChoice, keyed=Keyed.OPTIONAL, about=_about,
    ),
    Operation(
        name="undo_scheduled", method="POST", path="/v1/subscriptions/{id}/undo",
        summary="Take back what is planned", handle=undo,
        gives={200: (Subscription, UndoPreview)}, body=UndoBody, keyed=Keyed.REQUIRED,
        about=_about,
    ),
    Operation(
        name="cancel_subscription", method="POST", path="/v1/subscriptions/{id}/cancel",
        summary="End a subscription", handle=cancel, gives={200: (Subscription, CancelPreview)},
        body=CancelBody, keyed=Keyed.REQUIRED, about=_about,
    ),
)  # fmt: skip

"""What a subscription has and plans, as the API shows it: items, offers, covers, agreements."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from ledgerline.api.shapes import UnitPrice, unit_price, utc
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.entitlements.rows import CoverView
from ledgerline.rules.timeline import Entry
from ledgerline.subscriptions.model import BASE
from ledgerline.subscriptions.rows import AgreementView, ItemView, OfferRow, SubscriptionView


class Cover(Struct, frozen=True, kw_only=True):
    """When which service is given, and why."""

    component: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    invoice: str


class Agreement(Struct, frozen=True, kw_only=True):
    """A text that the payer accepted; of an address only whether there was one is told."""

    kind: str
    text_version: str
    language: str | None
    accepted: datetime
    channel: str
    has_ip: bool


class Item(Struct, frozen=True, kw_only=True):
    """What is had of one component, from when to when; prices are minor units, maybe parts."""

    component: str
    plan: str
    plan_name: str
    price: str
    unit_price: UnitPrice
    quantity: int
    starts_on: date
    ends_on: date | None


class Offer(Struct, frozen=True, kw_only=True):
    """What reduces a component, from when to when; an amount is off each period of ``per``."""

    code: str
    component: str
    per: str
    from_on: date
    until_on: date | None


class Intention(Struct, frozen=True, kw_only=True):
    """What is planned and can be undone until its date; ``intention`` names it."""

    intention: int
    kind: str
    effective_on: date
    plan: str | None
    quantity: int | None


def pending_plan(row: SubscriptionView, standing: Sequence[Entry]) -> str | None:
    """Name the plan that a standing change brings, unless service ends first."""
    planned = [
        step.plan_code
        for one in standing
        if row.ends_on is None or one.effective < row.ends_on
        for step in one.delta.steps
        if step.component == BASE
    ]
    return planned[-1] if planned else None


def intention(entry: Entry) -> Intention:
    """Show what is planned."""
    steps = [step for step in entry.delta.steps if step.component == BASE]
    quantity = entry.delta.quantities.get(BASE)
    if steps and not entry.delta.keeps_quantity:
        quantity = steps[-1].quantity
    return Intention(
        intention=entry.seq,
        kind=entry.kind,
        effective_on=entry.effective,
        plan=steps[-1].plan_code if steps else None,
        quantity=quantity,
    )


def item(row: ItemView, currency: str) -> Item:
    """Show an item."""
    return Item(
        component=row.component,
        plan=row.plan_code,
        plan_name=row.plan_name,
        price=encode(PREFIXES["price"], row.price_id),
        unit_price=unit_price(row.unit_num, row.unit_den, currency),
        quantity=row.quantity,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


def offer(row: OfferRow) -> Offer:
    """Show an offer."""
    return Offer(
        code=row.offer_code,
        component=row.component,
        per=f"P{row.cadence_count}{row.cadence_unit[0].upper()}",
        from_on=row.from_on,
        until_on=row.until_on,
    )


def cover(row: CoverView) -> Cover:
    """Show a cover."""
    return Cover(
        component=row.component,
        starts_at=utc(row.starts_at),
        ends_at=utc(row.ends_at),
        reason=row.reason,
        invoice=encode(PREFIXES["invoice"], row.invoice_id),
    )


def agreement(row: AgreementView) -> Agreement:
    """Show an agreement."""
    return Agreement(
        kind=row.kind,
        text_version=row.text_version,
        language=row.language,
        accepted=utc(row.accepted_at),
        channel=row.channel,
        has_ip=row.has_ip,
    )

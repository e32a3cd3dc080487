"""Events: what happened, told to the owner's endpoint.

Source: Stripe API reference, "The Event object", "Types of events".
"""

from datetime import datetime
from typing import Final

from pspsim.dialects.stripe import disputes, intents, views
from pspsim.dialects.stripe.call import Object
from pspsim.provider import Provider, Told
from pspsim.records import Charge, DisputeChanged, Refund, Status, encode

_KINDS: Final = {
    Status.CANCELED: "canceled",
    Status.DECLINED: "payment_failed",
    Status.PENDING: "processing",
    Status.REQUIRES_ACTION: "requires_action",
    Status.SUCCEEDED: "succeeded",
}
_SETUP_KINDS: Final = {
    "canceled": "canceled",
    "requires_action": "requires_action",
    "requires_payment_method": "setup_failed",
    "succeeded": "succeeded",
}
API_VERSION: Final = "2026-10-28.endive"


def of(provider: Provider, item: Charge | Refund, *, at: datetime) -> Told:
    """Tell how an execution ended."""
    if isinstance(item, Refund):
        return _refund(provider, item, at=at)
    kind = _KINDS[item.status]
    if views.waits(provider, item):
        kind = "requires_action"
    return _intent(provider, item, f"payment_intent.{kind}", at=at)


def announce_more(provider: Provider, item: Charge | Refund) -> None:
    """Tell what the simulator tells no one: that something is under way, that a charge is less."""
    if item.status in {Status.PENDING, Status.REQUIRES_ACTION}:
        provider.announce(provider.name, of(provider, item, at=item.created))
    if isinstance(item, Refund) and item.status is Status.SUCCEEDED:
        charge = provider.own.charges[item.charge]
        shown = views.charge(provider, charge)
        told = _event(provider, "charge.refunded", shown, at=item.created, entity=item.id)
        provider.announce(provider.name, told)


def canceled(provider: Provider, shown: Object) -> None:
    """Tell that a PaymentIntent was canceled."""
    at = provider.books.now
    told = _event(provider, "payment_intent.canceled", shown, at=at, entity=shown["id"])
    provider.announce(provider.name, told)


def set_up(provider: Provider, shown: Object) -> None:
    """Tell how a SetupIntent stands, where there is a word for it."""
    kind = _SETUP_KINDS.get(shown["status"])
    if shown["status"] == "requires_payment_method" and shown["last_setup_error"] is None:
        kind = None
    if kind is not None:
        plain = {**shown, "latest_attempt": wire_id(shown["latest_attempt"])}
        plain["payment_method"] = wire_id(shown["payment_method"])
        entity = f"{shown['id']} {kind}"
        at = provider.books.now
        provider.announce(
            provider.name, _event(provider, f"setup_intent.{kind}", plain, at=at, entity=entity)
        )


def wire_id(told: object) -> object:
    """Return the id of what is expanded elsewhere: events expand nothing."""
    return told.get("id") if isinstance(told, dict) else told


def of_dispute(provider: Provider, changed: DisputeChanged) -> list[Told]:
    """Tell what happened to a dispute, and what it moved."""
    earlier = provider.own.later.changes[:-1]
    is_first = not any(one.item.id == changed.item.id for one in earlier)
    shown, entity = disputes.shown(provider, changed.item), disputes.told(changed)
    return [
        _event(provider, kind, shown, at=changed.at, entity=entity)
        for kind in disputes.kinds(changed, is_first=is_first)
    ]


def _intent(provider: Provider, item: Charge, kind: str, *, at: datetime) -> Told:
    found = intents.find(provider, views.intent_id(provider, item))
    assert found is not None, item.id
    until = found._replace(attempts=(item,))
    return _event(provider, kind, views.intent(provider, until), at=at, entity=item.id)


def _refund(provider: Provider, item: Refund, *, at: datetime) -> Told:
    if item.status is Status.FAILED:
        kind = "refund.failed"
    else:
        kind = "refund.updated" if item.id in provider.books.settled_at else "refund.created"
    return _event(provider, kind, views.refund(provider, item), at=at, entity=item.id)


def _event(provider: Provider, kind: str, shown: Object, *, at: datetime, entity: str) -> Told:
    id_ = provider.draws.name("evt", "event", provider.name, entity, kind)
    event = {
        "id": id_,
        "object": "event",
        "api_version": API_VERSION,
        "created": int(at.timestamp()),
        "data": {"object": shown},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    return Told(id_, encode(event))

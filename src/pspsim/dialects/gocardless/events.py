"""What happened to a resource: the list of events, and what a webhook carries.

Source: API reference, "Events" and "Event types".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from pspsim.dialects.gocardless import shown
from pspsim.dialects.gocardless.causes import SCHEMES, Cause, cause_of
from pspsim.dialects.gocardless.payouts import deducted, is_first, payout_id, payouts
from pspsim.dialects.gocardless.stages import (
    CANCELLATIONS,
    SUBMITTED_AFTER,
    Object,
    decline_of,
    is_submitted,
    name,
    reversal_of,
    submitted_at,
    taken_back,
    timestamp,
)
from pspsim.provider import Provider, Told
from pspsim.records import Charge, Refund, Status, encode

EVENTS_MAX: Final = 250
"""How many events one delivery may hold."""
_Thing = TypeVar("_Thing")

_CAUSES: Final[Mapping[str, Cause]] = {
    "charged_back": Cause("authorisation_disputed", "MD01"),
    "failed": Cause("insufficient_funds", "AM04"),
}
_SETTLED: Final[Mapping[str, str]] = {
    "charged_back": "chargeback_settled",
    "failed": "late_failure_settled",
}
_SAID: Final[Mapping[str, str]] = {
    "payment_created": "The payment was made by a request.",
    "payment_submitted": "The payment went to the banks.",
    "payment_confirmed": "No bank has returned the payment in time.",
    "payment_paid_out": "The payment is part of a payout.",
    "payment_cancelled": "The payment was cancelled by a request.",
    "mandate_cancelled": "The mandate was cancelled by a request.",
}


class _About(Struct, frozen=True, kw_only=True):
    """What an event is about."""

    resource_type: str
    id: str
    metadata: Mapping[str, str]


def payment_events(provider: Provider, charge: Charge) -> list[Object]:
    """List what happened to a payment so far, oldest first."""
    about = _About(
        resource_type="payments", id=charge.id, metadata=shown.metadata(provider, charge.id)
    )
    settled = provider.books.settled_at.get(charge.id)
    told = [_event(provider, about, "created", at=charge.created)]
    is_cancelled = charge.decline_code in CANCELLATIONS
    submitted = submitted_at(provider, charge)
    if not is_cancelled and provider.books.now >= submitted:
        told.append(_event(provider, about, "submitted", at=submitted))
    if settled is None:
        return told
    if is_cancelled:
        word = decline_of(charge).removesuffix("_by_api")
        told.append(_event(provider, about, "cancelled", at=settled, cause=word))
    elif charge.status is Status.DECLINED:
        cause = cause_of(decline_of(charge), scheme=SCHEMES[charge.currency])
        told.append(_by_bank(provider, about, "failed", of=(charge, cause), at=settled))
    else:
        told.append(_event(provider, about, "confirmed", at=settled))
    paid_out = provider.own.paid_out.get(charge.id)
    if paid_out is not None:
        event = _event(provider, about, "paid_out", at=paid_out)
        event["links"]["payout"] = payout_id(provider, charge.currency, at=paid_out)
        told.append(event)
    reversal = reversal_of(provider, charge)
    if reversal is not None:
        cause = Cause(reversal["cause"], reversal["reason_code"])
        at = datetime.fromisoformat(reversal["at"])
        told.append(_by_bank(provider, about, reversal["status"], of=(charge, cause), at=at))
    return [*told, *_taken_back(provider, about, charge)]


def _taken_back(provider: Provider, about: _About, charge: Charge) -> Iterator[Object]:
    """List what the payer's bank did after the payment was collected."""
    changes = [one for one in provider.own.later.changes if one.item.charge == charge.id]
    settled = {one.number: at for one, at in deducted(provider)} if changes else {}
    for changed in changes:
        action = taken_back(changed.item.reason)
        if changed.moved > 0:
            yield _event(provider, about, "chargeback_cancelled", at=changed.at)
        else:
            yield _by_bank(provider, about, action, of=(charge, _CAUSES[action]), at=changed.at)
        if changed.number in settled:
            yield _event(provider, about, _SETTLED[action], at=settled[changed.number])


def refund_events(provider: Provider, refund: Refund) -> list[Object]:
    """List what happened to a refund so far, oldest first."""
    about = _About(
        resource_type="refunds", id=refund.id, metadata=shown.metadata(provider, refund.id)
    )
    told = [_event(provider, about, "created", at=refund.created, cause="payment_refunded")]
    settled = provider.books.settled_at.get(refund.id)
    back = provider.own.later.reversed.get(refund.id)
    if settled is not None and refund.status is Status.FAILED and back is None:
        told.append(_event(provider, about, "failed", at=settled))
    elif settled is not None:
        told.append(_event(provider, about, "paid", at=settled))
        told.append(_event(provider, about, "refund_settled", at=settled, cause="refund_settled"))
    if back is not None:
        told.append(_event(provider, about, "funds_returned", at=back))
    return told


def mandate_events(provider: Provider, mandate: Object) -> list[Object]:
    """List what happened to a mandate that was created here, oldest first."""
    about = _About(resource_type="mandates", id=mandate["id"], metadata=mandate["metadata"])
    created = datetime.fromisoformat(mandate["created_at"])
    told = [_event(provider, about, "created", at=created)]
    steps = mandate.get("history", [])
    at = created + SUBMITTED_AFTER
    first = datetime.fromisoformat(steps[0]["at"]) if steps else provider.books.now
    if is_submitted(provider, created) and first >= at:
        told.append(_event(provider, about, "submitted", at=at))
        told.append(_event(provider, about, "active", at=at, cause="mandate_activated"))
    return [*told, *(_step(provider, about, nth, step) for nth, step in enumerate(steps))]


def _step(provider: Provider, about: _About, nth: int, step: Object) -> Object:
    """Say what happened to a mandate or billing request: the same may happen more than once."""
    action, at = step["action"], datetime.fromisoformat(step["at"])
    event = _event(provider, about, action, at=at, cause=step.get("cause"))
    event["id"] = name(provider.draws, "EV", "event", provider.name, about.id, action, nth)
    event["links"] |= step.get("links", {})
    return event


def billing_request_events(provider: Provider, asked: Object) -> list[Object]:
    """List what happened to a billing request, oldest first."""
    about = _About(resource_type="billing_requests", id=asked["id"], metadata=asked["metadata"])
    return [_step(provider, about, nth, step) for nth, step in enumerate(asked["history"])]


def all_events(provider: Provider, *, only: Mapping[str, str]) -> list[Object]:
    """List what happened, newest first; ``only`` narrows to resources by kind and identifier."""
    told = [event for each in _told(provider, only=only) for event in each]
    return sorted(told, key=lambda event: str(event["created_at"]))[::-1]


def _told(provider: Provider, *, only: Mapping[str, str]) -> Iterator[Iterable[Object]]:
    own = provider.own
    for charge in _chosen(own.charges, only, "payment"):
        yield payment_events(provider, charge)
    for refund in _chosen(own.refunds, only, "refund"):
        yield refund_events(provider, refund)
    for mandate in _chosen(own.kept.get("mandates", {}), only, "mandate"):
        yield mandate_events(provider, mandate)
    for asked in _chosen(own.kept.get("billing_requests", {}), only, "billing_request"):
        yield billing_request_events(provider, asked)
    if not only or "payout" in only:
        yield (
            _payout_paid(provider, each["id"], at=datetime.fromisoformat(each["created_at"]))
            for each in payouts(provider)
            if only.get("payout", each["id"]) == each["id"]
        )


def tell(provider: Provider, item: Charge | Refund) -> Told:
    """List the events that are new of ``item``: two at most."""
    if isinstance(item, Refund):
        told = refund_events(provider, item)
        new = told[1:] or told
    else:
        told = payment_events(provider, item)
        paid_out = provider.own.paid_out.get(item.id)
        new = told[-1:] if paid_out is not None else told[1:] or told
        if paid_out is not None and is_first(provider, item):
            payout = payout_id(provider, item.currency, at=paid_out)
            new = [*new, _payout_paid(provider, payout, at=paid_out)]
            new += _deducted_at(provider, item.currency, paid_out)
    return Told(name(provider.draws, "WB", "webhook", provider.name, new[-1]["id"]), encode(new))


def _deducted_at(provider: Provider, currency: str, at: datetime) -> Iterator[Object]:
    """List the events of what a payout lacks since banks took it back."""
    for changed, since in deducted(provider):
        if since == at and changed.item.currency == currency:
            told = payment_events(provider, provider.own.charges[changed.item.charge])
            wanted = _SETTLED[taken_back(changed.item.reason)]
            yield from (event for event in told if event["action"] == wanted)


def newest(provider: Provider, charge: Charge) -> Told:
    """List the event that came last of a payment."""
    event = payment_events(provider, charge)[-1]
    return Told(name(provider.draws, "WB", "webhook", provider.name, event["id"]), encode([event]))


def newest_mandate(provider: Provider, mandate: Object) -> Told:
    """List the event that came last of a mandate."""
    event = mandate_events(provider, mandate)[-1]
    return Told(name(provider.draws, "WB", "webhook", provider.name, event["id"]), encode([event]))


def newest_billing_request(provider: Provider, asked: Object) -> Told:
    """List the event that came last of a billing request."""
    event = billing_request_events(provider, asked)[-1]
    return Told(name(provider.draws, "WB", "webhook", provider.name, event["id"]), encode([event]))


def newest_refund(provider: Provider, refund: Refund) -> Told:
    """List the event that came last of a refund."""
    event = refund_events(provider, refund)[-1]
    return Told(name(provider.draws, "WB", "webhook", provider.name, event["id"]), encode([event]))


def join(told: Sequence[Told]) -> Told:
    """Put lists of events into one delivery; ``EVENTS_MAX`` are allowed."""
    events = [event for each in told for event in msgspec.json.decode(each.body, type=list[Raw])]
    assert len(events) <= EVENTS_MAX, told
    id_ = told[0].id
    return Told(id_, encode({"events": events, "meta": {"webhook_id": id_}}))


def _chosen(things: Mapping[str, _Thing], only: Mapping[str, str], kind: str) -> list[_Thing]:
    """Take everything where nothing is asked for, else the one of this kind that is."""
    if not only:
        return list(things.values())
    return [things[only[kind]]] if only.get(kind) in things else []


def _payout_paid(provider: Provider, id_: str, *, at: datetime) -> Object:
    about = _About(resource_type="payouts", id=id_, metadata={})
    return _event(provider, about, "paid", at=at)


def _by_bank(
    provider: Provider, about: _About, action: str, *, of: tuple[Charge, Cause], at: datetime
) -> Object:
    """Say that a bank returned a payment, or took it back."""
    charge, cause = of
    event = _event(provider, about, action, at=at, cause=cause.cause)
    event["details"] |= {
        "origin": "bank",
        "scheme": SCHEMES[charge.currency],
        "reason_code": cause.reason_code,
        **({"will_attempt_retry": False} if action == "failed" else {}),
    }
    return event


def _event(
    provider: Provider, about: _About, action: str, *, at: datetime, cause: str | None = None
) -> Object:
    one = about.resource_type.removesuffix("s")
    cause = cause or f"{one}_{action}"
    by_request = action in {"created", "cancelled"}
    return {
        "id": name(provider.draws, "EV", "event", provider.name, about.id, action),
        "created_at": timestamp(at),
        "resource_type": about.resource_type,
        "action": action,
        "links": {one: about.id},
        "details": {
            "origin": "api" if by_request else "gocardless",
            "cause": cause,
            "description": _SAID.get(cause, cause.replace("_", " ")),
        },
        "metadata": {},
        "resource_metadata": dict(about.metadata),
    }

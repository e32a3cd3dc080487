"""Deliveries: up to 250 events under one signature of the raw body.

Source: GoCardless, "Staying up to date with webhooks" and API reference, "Events". No time is
signed, so an old delivery that somebody kept verifies for ever: the key of every event makes it a
duplicate, and an event is a hint to look, whose object says what is true now.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

from ledgerline.payments.adapters.gocardless import disputing, mandates, outcomes, reading, wire
from ledgerline.payments.adapters.gocardless.causes import category_of
from ledgerline.payments.adapters.strict_json import convert, decode_signed, word
from ledgerline.payments.disputes import DisputeReading
from ledgerline.payments.model import ChargeKind, EvidenceKind, Outcome, Reading, VerifiedEvent
from ledgerline.payments.refusals import SignatureRefused

BODY_BYTES_MAX: Final = 256 * 1024
_LINKS: Final[Mapping[ChargeKind, str]] = {
    ChargeKind.CHARGE: "payment",
    ChargeKind.REFUND: "refund",
    ChargeKind.SETUP: "billing_request",
}


def verified(headers: Mapping[str, str], raw: bytes, *, secrets: Sequence[str]) -> None:
    """Refuse a delivery that none of ``secrets`` signed; raises ``SignatureRefused``."""
    if len(raw) > BODY_BYTES_MAX:
        raise SignatureRefused("the body is too large", reason="oversize")
    given = {name.lower(): value for name, value in headers.items()}
    claimed = given.get("webhook-signature", "").encode("utf-8", "replace")
    expected = [hmac.digest(secret.encode(), raw, "sha256").hex().encode() for secret in secrets]
    matches = [hmac.compare_digest(claimed, each) for each in expected]
    # all of them: where it stops would tell which key is close
    if not any(matches):
        raise SignatureRefused("no signature matches", reason="signature")


def read(raw: bytes) -> Iterator[VerifiedEvent]:
    """Read the events of a delivery whose signature holds, each key once."""
    delivery = decode_signed(raw, wire.Events)
    digest = sha256(raw).hexdigest()
    if delivery is None:
        yield _unreadable(digest)
        return
    told: set[str] = set()
    for nth, plain in enumerate(delivery.events):
        event = convert(plain, wire.Event)
        one = _unreadable(f"{digest}-{nth}") if event is None else _verified(event)
        if one.event_key not in told:
            told.add(one.event_key)
            yield one


def _verified(event: wire.Event) -> VerifiedEvent:
    kind = outcomes.KINDS.get(event.resource_type)
    psp_ref = None if kind is None else word(event.links.get(_LINKS[kind]))
    event_type = f"{event.resource_type}.{event.action}"[:255]
    reference = None if kind is None else wire.reference_in(event.resource_metadata)
    alarms = outcomes.FOREIGN_ALARMS if reference is None else outcomes.ALARMS
    alarm = alarms.get(event_type)
    told = None if kind is None else _reading(event, kind, psp_ref=psp_ref)
    return VerifiedEvent(
        event_key=event.id,
        event_type=event_type,
        kind=kind,
        reference=reference,
        reading=told,
        alarm=None if alarm is None else f"{alarm} ({psp_ref or 'unnamed'})",
        dispute=_dispute(event, reference, told, psp_ref=psp_ref),
        mandate=mandates.told(event),
    )


def _dispute(
    event: wire.Event, reference: str | None, told: Reading | None, *, psp_ref: str | None
) -> DisputeReading | None:
    """Read a return of a payment of ours; what the provider tries again by itself is none."""
    if reference is None or (told is not None and told.outcome is not Outcome.DECLINED):
        return None
    return disputing.read(event, psp_ref=psp_ref)


def _reading(event: wire.Event, kind: ChargeKind, *, psp_ref: str | None) -> Reading | None:
    outcome = outcomes.EVENTS[kind].get(event.action)
    if outcome is None or psp_ref is None:
        return None
    means = Reading(outcome, EvidenceKind.WEBHOOK, psp_ref=psp_ref)
    if outcome is not Outcome.DECLINED:
        return means
    declined = Reading(
        outcome,
        EvidenceKind.WEBHOOK,
        psp_ref=psp_ref,
        code=event.action,
        category=category_of(event.action, None) if kind is ChargeKind.CHARGE else None,
    )
    if kind is ChargeKind.REFUND:
        return declined
    return reading.with_details(declined, convert(event.details, wire.Details))


def _unreadable(key: str) -> VerifiedEvent:
    return VerifiedEvent(
        event_key=f"unreadable-{key}",
        event_type=reading.UNREADABLE,
        kind=None,
        reference=None,
        reading=None,
    )

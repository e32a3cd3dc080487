"""Webhooks of Stripe: the signature over the raw bytes first, then what the event tells.

Source: Stripe, "Receive Stripe events in your webhook endpoint", section "Verify webhook
signatures"; API reference, "Types of events".
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.standard_webhooks import BODY_BYTES_MAX, TOLERANCE_SECONDS
from ledgerline.payments.adapters.stripe import disputing, outcomes, reading, setting_up, wire
from ledgerline.payments.model import (
    ChargeKind,
    EvidenceKind,
    Outcome,
    Reading,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused

UNREADABLE: Final = "unreadable"
_HEADER: Final = "stripe-signature"
_SCHEME: Final = "v1"
_SIGNATURES_MAX: Final = 16  # one per secret in rotation is the use; more only costs time
_TIMESTAMP_DIGITS_MAX: Final = 12


def verify(
    headers: Mapping[str, str], raw: bytes, *, secrets: Sequence[str], now: datetime
) -> None:
    """Raise ``SignatureRefused`` unless one of ``secrets`` signed these bytes not long ago."""
    if len(raw) > BODY_BYTES_MAX:
        raise SignatureRefused("the body is too large", reason="oversize")
    given = {name.lower(): value for name, value in headers.items()}
    parts = [part.partition("=") for part in given.get(_HEADER, "").split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    claimed = [value for name, _, value in parts if name.strip() == _SCHEME][:_SIGNATURES_MAX]
    if len(times) != 1 or not _is_whole(times[0]) or not claimed:
        raise SignatureRefused("time or signature is missing", reason="headers")
    if abs(now.timestamp() - int(times[0])) > TOLERANCE_SECONDS:
        raise SignatureRefused("signed too long ago or in the future", reason="timestamp")
    signed = f"{times[0]}.".encode() + raw
    expected = [hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets]
    matches = [
        hmac.compare_digest(one.encode(), other.encode()) for one in claimed for other in expected
    ]  # all of them: where it stops would tell which secret is close
    if not any(matches):
        raise SignatureRefused("no signature matches", reason="signature")


def told(raw: bytes) -> VerifiedEvent:
    """Read a signed body; an event that is not about a charge or refund is kept without both."""
    event = strict_json.decode_signed(raw, wire.Event)
    if event is None:  # it has no id, and yet the same bytes are the same event
        return VerifiedEvent(
            event_key=hashlib.sha256(raw).hexdigest(),
            event_type=UNREADABLE,
            kind=None,
            reference=None,
            reading=None,
        )
    if event.type in outcomes.SETUP_EVENTS:
        return setting_up.told(event)
    if event.type not in outcomes.EVENTS:
        return _without_reading(event, kind=None)
    kind, states = outcomes.EVENTS[event.type]
    held: reading.Held | None
    if kind is ChargeKind.CHARGE:
        held = strict_json.convert(event.data.object, wire.Intent)
    else:
        held = strict_json.convert(event.data.object, wire.Refund)
    if held is None:
        return _without_reading(event, kind=kind)
    reference = reading.reference_of(held)
    return VerifiedEvent(
        event_key=event.id,
        event_type=event.type,
        kind=kind,
        reference=reference,
        reading=_read(held, states),
        alarm=_alarm(event, reference),
    )


def _alarm(event: wire.Event, reference: str | None) -> str | None:
    """Say what people must hear of, with the ids by which they find it at Stripe."""
    text = outcomes.ALARMS.get(event.type)
    if event.type == outcomes.FAILED_REFUND and reference is not None:
        return None  # its flow tells of it
    if event.type == outcomes.NEW_REFUND and reference is None:
        text = outcomes.MADE_AT_STRIPE
    if text is None:
        return None
    about = event.data.object
    told = (wire.id_of(about.get(name)) for name in ("id", "payment_intent", "charge", "status"))
    words = [word for each in told if (word := strict_json.word(each)) is not None]
    return f"{text} ({', '.join(words)})" if words else text


def _read(held: reading.Held, states: frozenset[str]) -> Reading:
    if isinstance(held, wire.Intent):
        read = reading.of_intent(held, kind=EvidenceKind.WEBHOOK)
    else:
        read = reading.of_held_refund(held, kind=EvidenceKind.WEBHOOK)
    if held.status in states:
        return read
    # a type that its own object contradicts proves nothing
    return Reading(Outcome.UNKNOWN, EvidenceKind.WEBHOOK, psp_ref=held.id, code=held.status)


def _without_reading(event: wire.Event, *, kind: ChargeKind | None) -> VerifiedEvent:
    return VerifiedEvent(
        event_key=event.id,
        event_type=event.type,
        kind=kind,
        reference=None,
        reading=None,
        alarm=_alarm(event, None),
        dispute=disputing.read(event),
    )


def _is_whole(text: str) -> bool:
    return 0 < len(text) <= _TIMESTAMP_DIGITS_MAX and text.isascii() and text.isdigit()

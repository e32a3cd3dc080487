"""What GoCardless tells of mandates: events, and what a look at one finds.

Source: GoCardless API reference, "Mandates" (status) and "Event types", mandates; read in 2026-11.
Events that change nothing of whether a mandate can be debited (approvals of customers) are not
here. A cancellation for a new scheme identifier is told once more as the replacement that it is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.payments.adapters.gocardless import outcomes, requests, wire
from ledgerline.payments.adapters.strict_json import convert, decode, instant, word
from ledgerline.payments.contract import MandateLook, Merchant, TransportFailure
from ledgerline.payments.debits import MandateEvent, MandateReading, MandateTold

_REPLACEMENT: Final = "scheme_identifier_changed"
_E: Final = MandateEvent
EVENTS: Final[Mapping[str, MandateEvent]] = MappingProxyType(
    {
        "active": _E.ACTIVATED,
        "blocked": _E.PAUSED,
        "cancelled": _E.CANCELED,
        "consumed": _E.EXPIRED,  # the one payment that it was for is made
        "created": _E.CREATED,
        "expired": _E.EXPIRED,
        "failed": _E.FAILED,
        "reinstated": _E.REINSTATED,
        "replaced": _E.REPLACED,
        "resubmission_requested": _E.SUBMITTED,
        "submitted": _E.SUBMITTED,
        "suspended_by_payer": _E.PAUSED,
        "transferred": _E.TRANSFERRED,
    }
)
STATES: Final[Mapping[str, MandateEvent]] = MappingProxyType(
    {
        "active": _E.SEEN_ACTIVE,
        "blocked": _E.SEEN_PAUSED,
        "cancelled": _E.SEEN_CANCELED,
        "consumed": _E.SEEN_EXPIRED,
        "expired": _E.SEEN_EXPIRED,
        "failed": _E.SEEN_FAILED,
        "pending_customer_approval": _E.SEEN_PENDING,
        "pending_submission": _E.SEEN_PENDING,
        "submitted": _E.SEEN_PENDING,
        "suspended_by_payer": _E.SEEN_PAUSED,
    }
)
_NOT_UNDERSTOOD: Final = MandateReading(event=None)


def told(event: wire.Event) -> MandateTold | None:
    """Read an event of a mandate; None for one that says nothing of its state, or not when."""
    means = EVENTS.get(event.action)
    named, at = word(event.links.get("mandate")), instant(event.created_at)
    if event.resource_type != requests.MANDATES or means is None or named is None or at is None:
        return None
    details = convert(event.details, wire.Details)
    cause = None if details is None else details.cause
    if means is _E.CANCELED and cause == _REPLACEMENT:
        return None
    replaced_by = word(event.links.get("new_mandate")) if means is _E.REPLACED else None
    if means is _E.REPLACED and replaced_by is None:
        return None
    return MandateTold(
        psp_token=named, event=means, occurred_at=at, cause=cause, replaced_by=replaced_by
    )


def look(psp_token: str, merchant: Merchant) -> MandateLook:
    """Ask for a mandate by its id; a status that nobody knows yet is not understood."""
    answer = yield requests.one(requests.MANDATES, psp_token, merchant)
    if isinstance(answer, TransportFailure) or answer.status != outcomes.FOUND:
        return _NOT_UNDERSTOOD
    found = decode(answer.body, wire.OneMandate)
    if found is None or found.mandates.id != psp_token:
        return _NOT_UNDERSTOOD
    return seen(found.mandates)


def seen(held: wire.Mandate) -> MandateReading:
    """Read a mandate as it was found."""
    return MandateReading(
        event=STATES.get(held.status), scheme=held.scheme, reference=held.reference
    )

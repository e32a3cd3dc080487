"""Disputes of Stripe: the object of an event says where it stands, whatever the event is called.

Source: Stripe API reference, "The Dispute object", "Types of events".
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.dispute_reasons import reason_of
from ledgerline.payments.adapters.stripe import units, wire
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReading,
    DisputeReason,
    DisputeStage,
)

EVENTS: Final = frozenset(
    {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
    }
)
# Before a dispute is formal no money moves; what is prevented or closed then came to nothing.
STATES: Final[Mapping[str, DisputeEvent]] = MappingProxyType(
    {
        "warning_needs_response": DisputeEvent.WARNED,
        "warning_under_review": DisputeEvent.WARNED,
        "warning_closed": DisputeEvent.WITHDRAWN,
        "prevented": DisputeEvent.WITHDRAWN,
        "needs_response": DisputeEvent.OPENED,
        "under_review": DisputeEvent.SUBMITTED,
        "won": DisputeEvent.WON,
        "lost": DisputeEvent.LOST,
    }
)
_INQUIRIES: Final = frozenset({"warning_needs_response", "warning_under_review", "warning_closed"})
_R: Final = DisputeReason
REASONS: Final[Mapping[str, DisputeReason]] = MappingProxyType(
    {
        "bank_cannot_process": _R.PROCESSING,
        "credit_not_processed": _R.CREDIT_NOT_PROCESSED,
        "debit_not_authorized": _R.NOT_AUTHORISED,
        "duplicate": _R.DUPLICATE,
        "fraudulent": _R.FRAUD,
        "incorrect_account_details": _R.ACCOUNT_CLOSED,
        "insufficient_funds": _R.INSUFFICIENT_FUNDS,
        "product_not_received": _R.NOT_RECEIVED,
        "product_unacceptable": _R.NOT_AS_DESCRIBED,
        "subscription_canceled": _R.CANCELED_RECURRING,
        "unrecognized": _R.NOT_AUTHORISED,
    }
)
# Reasons that only the banks of debits give.
_OF_DEBITS: Final = frozenset(
    {
        "bank_cannot_process", "debit_not_authorized", "incorrect_account_details",
        "insufficient_funds",
    }
)  # fmt: skip


def read(event: wire.Event) -> DisputeReading | None:
    """Read what an event tells of a dispute; None for what is none, or is not understood."""
    if event.type not in EVENTS:
        return None
    held = strict_json.convert(event.data.object, wire.Dispute)
    told = None if held is None else STATES.get(held.status)
    if held is None or told is None:
        return None
    amount = units.read(held.amount, held.currency)
    if amount is None or amount.minor == 0:
        return None
    word = strict_json.word(held.reason)
    code = strict_json.word(held.network_reason_code)
    due_by = wire.inside(held.evidence_details, "due_by")
    return DisputeReading(
        event=told,
        kind=DisputeKind.BANK_RETURN if word in _OF_DEBITS else DisputeKind.CARD,
        stage=DisputeStage.INQUIRY if held.status in _INQUIRIES else DisputeStage.FORMAL,
        psp_ref=held.id,
        charge_ref=wire.id_of(held.payment_intent) or wire.id_of(held.charge),
        amount=amount,
        reason=REASONS.get(word or "", reason_of(code)),
        reason_code=code or word,
        due_by=_instant(due_by),
        occurred_at=_instant(event.created),
    )


def _instant(plain: object) -> datetime | None:
    seconds = strict_json.convert(plain, int)
    is_instant = seconds is not None and 0 <= seconds <= wire.INSTANT_MAX
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and is_instant else None

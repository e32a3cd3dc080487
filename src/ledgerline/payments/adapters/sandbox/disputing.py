"""Disputes of the dialect: one object, whose state says what is to be known."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ledgerline.base.money import EXPONENTS, Money, currency
from ledgerline.payments.adapters.sandbox import wire
from ledgerline.payments.adapters.strict_json import convert
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReading,
    DisputeReason,
    DisputeStage,
)

EVENTS: Final = frozenset({"dispute.opened", "dispute.updated", "dispute.closed"})
STATES: Final[Mapping[str, DisputeEvent]] = MappingProxyType(
    {
        "warning": DisputeEvent.WARNED,
        "needs_response": DisputeEvent.OPENED,
        "under_review": DisputeEvent.SUBMITTED,
        "withdrawn": DisputeEvent.WITHDRAWN,
        "won": DisputeEvent.WON,
        "lost": DisputeEvent.LOST,
    }
)
_KINDS: Final = {str(kind): kind for kind in DisputeKind}
_STAGES: Final = {str(stage): stage for stage in DisputeStage}
_REASONS: Final = {str(reason): reason for reason in DisputeReason}


def read(event: wire.Event) -> tuple[str, DisputeReading] | None:
    """Read our reference of the charge and what is told of its dispute; None for what is none."""
    held = convert(event.data, wire.Dispute) if event.type in EVENTS else None
    if held is None or held.status not in STATES or held.kind not in _KINDS:
        return None
    if held.currency not in EXPONENTS or held.stage not in _STAGES:
        return None
    return held.reference, DisputeReading(
        event=STATES[held.status],
        kind=_KINDS[held.kind],
        stage=_STAGES[held.stage],
        psp_ref=held.id,
        charge_ref=held.charge,
        amount=Money(held.amount, currency(held.currency)),
        reason=_REASONS.get(held.reason, DisputeReason.UNMAPPED),
        reason_code=held.reason,
        due_by=convert(held.due_by, datetime),
        occurred_at=convert(event.created, datetime),
    )

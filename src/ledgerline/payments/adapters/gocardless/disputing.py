"""What banks take back of collected debits: charged back by the payer, or failed after they paid.

There is one such return a payment, under the name of the payment, and no defence at GoCardless. The
events carry no amount: all of the payment is meant.

Source: GoCardless API reference, "Event types", payments.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.payments.adapters.dispute_reasons import reason_of
from ledgerline.payments.adapters.gocardless import wire
from ledgerline.payments.adapters.strict_json import convert, instant
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReading,
    DisputeReason,
    DisputeStage,
)

# A failure is a return where the payment was confirmed before; else it is the end of its charge.
EVENTS: Final[Mapping[str, DisputeEvent]] = MappingProxyType(
    {
        "charged_back": DisputeEvent.LOST,
        "chargeback_cancelled": DisputeEvent.WON,
        "chargeback_settled": DisputeEvent.LOST,
        "failed": DisputeEvent.LOST,
        "late_failure_settled": DisputeEvent.LOST,
    }
)
_R: Final = DisputeReason
CAUSES: Final[Mapping[str, DisputeReason]] = MappingProxyType(
    {
        "authorisation_disputed": _R.NOT_AUTHORISED,
        "bank_account_closed": _R.ACCOUNT_CLOSED,
        "bank_account_transferred": _R.ACCOUNT_CLOSED,
        "insufficient_funds": _R.INSUFFICIENT_FUNDS,
        "invalid_bank_details": _R.ACCOUNT_CLOSED,
        "mandate_cancelled": _R.CANCELED_RECURRING,
        "payer_deceased": _R.ACCOUNT_CLOSED,
        "payment_stopped": _R.NOT_AUTHORISED,
        "refer_to_payer": _R.INSUFFICIENT_FUNDS,
        "refund_requested": _R.NOT_AUTHORISED,
    }
)


def seen(psp_ref: str) -> DisputeReading:
    """Read that a payment is charged back; when and why stands in its events alone."""
    return DisputeReading(
        event=DisputeEvent.LOST,
        kind=DisputeKind.BANK_RETURN,
        stage=DisputeStage.FORMAL,
        psp_ref=psp_ref,
        charge_ref=psp_ref,
    )


def read(event: wire.Event, *, psp_ref: str | None) -> DisputeReading | None:
    """Read what an event of a payment tells of its return; None for any other."""
    told = EVENTS.get(event.action)
    if told is None or event.resource_type != "payments" or psp_ref is None:
        return None
    details = convert(event.details, wire.Details)
    cause = None if details is None else details.cause
    code = None if details is None else details.reason_code
    by_code = reason_of(code)
    return DisputeReading(
        event=told,
        kind=DisputeKind.BANK_RETURN,
        stage=DisputeStage.FORMAL,
        psp_ref=psp_ref,
        charge_ref=psp_ref,
        reason=CAUSES.get(cause or "", by_code) if by_code is _R.UNMAPPED else by_code,
        reason_code=code or cause,
        occurred_at=instant(event.created_at),
    )

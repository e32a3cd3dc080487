"""What every status and refusal means, as tables. What is not here is unknown.

Source: GoCardless API reference 2015-07-06, "Payments", "Refunds", "Billing requests", "Errors" and
"Idempotency keys".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.payments.contract import TransportPhase
from ledgerline.payments.model import ChargeKind, DeclineCategory, Outcome

# How far a creation got. Without a byte on the wire nothing can have executed.
TRANSPORT: Final[Mapping[TransportPhase, Outcome]] = MappingProxyType(
    {
        TransportPhase.NOT_STARTED: Outcome.NOT_EXECUTED,
        TransportPhase.NOT_CONNECTED: Outcome.NOT_EXECUTED,
        TransportPhase.NO_BYTE_SENT: Outcome.NOT_EXECUTED,
        TransportPhase.BYTES_SENT: Outcome.UNKNOWN,
        TransportPhase.REPLY_PARTIAL: Outcome.UNKNOWN,
    }
)

# A payment that is cancelled never went to the banks, or came back with its mandate; who denied
# approval was not debited either. What is charged back was collected first: it is a success, and a
# dispute of it.
PAYMENT_STATES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "cancelled": Outcome.DECLINED,
        "charged_back": Outcome.SUCCEEDED,
        "confirmed": Outcome.SUCCEEDED,
        "customer_approval_denied": Outcome.DECLINED,
        "failed": Outcome.DECLINED,
        "paid_out": Outcome.SUCCEEDED,
        "pending_customer_approval": Outcome.PENDING,
        "pending_submission": Outcome.PENDING,
        "submitted": Outcome.PENDING,
    }
)
REFUND_STATES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "bounced": Outcome.DECLINED,
        "cancelled": Outcome.DECLINED,
        "created": Outcome.PENDING,
        "funds_returned": Outcome.DECLINED,
        "paid": Outcome.SUCCEEDED,
        "pending_submission": Outcome.PENDING,
        "submitted": Outcome.PENDING,
    }
)

# Whoever fulfils it is the flow; until then its payer may go on with it, whatever they did so far.
# One that is cancelled can never be fulfilled.
BILLING_REQUEST_STATES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "cancelled": Outcome.NOT_EXECUTED,
        "fulfilled": Outcome.SUCCEEDED,
        "fulfilling": Outcome.PENDING,
        "pending": Outcome.REQUIRES_ACTION,
        "ready_to_fulfil": Outcome.REQUIRES_ACTION,
    }
)

# What a payment ended by that somebody of the merchant cancelled: its state, or its cause.
CANCELED: Final = frozenset({"cancelled", "payment_cancelled"})

# Events of a webhook, by type of resource and action; None is a fact that settles nothing by
# itself. A delivery carries no amounts, so its successes prove nothing until they are looked up.
EVENTS: Final[Mapping[ChargeKind, Mapping[str, Outcome]]] = MappingProxyType(
    {
        ChargeKind.CHARGE: MappingProxyType(
            {
                "cancelled": Outcome.DECLINED,
                "confirmed": Outcome.SUCCEEDED,
                "created": Outcome.PENDING,
                "customer_approval_denied": Outcome.DECLINED,
                "failed": Outcome.DECLINED,
                "paid_out": Outcome.SUCCEEDED,
                "submitted": Outcome.PENDING,
            }
        ),
        ChargeKind.REFUND: MappingProxyType(
            {
                "created": Outcome.PENDING,
                "failed": Outcome.DECLINED,
                "funds_returned": Outcome.DECLINED,
                "paid": Outcome.SUCCEEDED,
            }
        ),
        ChargeKind.SETUP: MappingProxyType(
            {"cancelled": Outcome.NOT_EXECUTED, "fulfilled": Outcome.SUCCEEDED}
        ),
    }
)
KINDS: Final[Mapping[str, ChargeKind]] = MappingProxyType(
    {
        "billing_requests": ChargeKind.SETUP,
        "payments": ChargeKind.CHARGE,
        "refunds": ChargeKind.REFUND,
    }
)

FOUND: Final = 200
CREATED: Final = 201
UNPROCESSABLE: Final = 422
TOO_MANY_REQUESTS: Final = 429

# What people must hear of, by type of resource and action, where its flow does not tell of it. A
# mandate that ends is none of it, since the next debit by it is declined and its payer asked.
# Payments without a reference of ours are another integration's; a refund without one may be of a
# payment of ours.
ALARMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "payments.charged_back": "the payer had a collected payment taken back",
        "payments.chargeback_cancelled": "a chargeback was cancelled: the payment holds again",
        "payments.chargeback_settled": "a charged back payment was deducted from a payout",
        "payments.late_failure_settled": "a payment that failed late was deducted from a payout",
    }
)
FOREIGN_ALARMS: Final[Mapping[str, str]] = MappingProxyType(
    {"refunds.created": "a refund was made that Ledgerline did not ask for"}
)

# Refusals that come before anything is created, by HTTP status. All but the first two only in the
# documented shape, since a proxy that lost a created payment answers with such a status too.
UNAUTHENTICATED: Final = frozenset({401, 403})
BEFORE_CREATION: Final = frozenset({400, 404, 405, 406, 413, 415, UNPROCESSABLE})
CONFLICT: Final = "idempotent_creation_conflict"
INVALID_STATE: Final = "invalid_state"
RATE_LIMIT_SECONDS: Final = 60  # requests are counted by the minute

# What the state of things forbids (type ``invalid_state``), where it means more than that this one
# request is not possible. A mandate that is cancelled or has failed is the payer's word: the
# payment is declined. A balance that does not cover a refund fills up again.
Meant = tuple[Outcome, DeclineCategory | None]
STATES_THAT_FORBID: Final[Mapping[tuple[ChargeKind, str], Meant]] = MappingProxyType(
    {
        (ChargeKind.CHARGE, "mandate_is_inactive"): (Outcome.DECLINED, DeclineCategory.REVOKED),
        (ChargeKind.REFUND, "available_refund_amount_insufficient"): (Outcome.NOT_EXECUTED, None),
    }
)

"""What every answer of the dialect means, as tables. What is not here is unknown.

Source: the public API documentation of the simulated providers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ledgerline.payments.contract import TransportPhase
from ledgerline.payments.model import ChargeKind, DeclineCategory, Outcome

# How far a charge or refund got. Without a byte on the wire nothing can have executed.
TRANSPORT: Final[Mapping[TransportPhase, Outcome]] = MappingProxyType(
    {
        TransportPhase.NOT_STARTED: Outcome.NOT_EXECUTED,
        TransportPhase.NOT_CONNECTED: Outcome.NOT_EXECUTED,
        TransportPhase.NO_BYTE_SENT: Outcome.NOT_EXECUTED,
        TransportPhase.BYTES_SENT: Outcome.UNKNOWN,
        TransportPhase.REPLY_PARTIAL: Outcome.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A status that is documented as *before execution*.

    ``needs_body``: only with the documented error body, since a proxy that never reached the
    provider answers with such a status too, and so does one that lost an executed request.
    """

    category: DeclineCategory | None
    needs_body: bool


BEFORE_EXECUTION: Final[Mapping[int, Refused]] = MappingProxyType(
    {
        400: Refused(DeclineCategory.REQUEST_REFUSED, needs_body=True),
        401: Refused(DeclineCategory.MERCHANT_CONFIG, needs_body=False),
        403: Refused(DeclineCategory.MERCHANT_CONFIG, needs_body=False),
        404: Refused(DeclineCategory.REQUEST_REFUSED, needs_body=True),
        422: Refused(DeclineCategory.REQUEST_REFUSED, needs_body=True),
        429: Refused(None, needs_body=False),
    }
)

# What came later than the merchant's wish to end it: it is refused, and will ever be.
CANCELED: Final = (409, "canceled")

# (HTTP status, status of the object); a pair that contradicts itself is not here.
CHARGE_ANSWERS: Final[Mapping[tuple[int, str], Outcome]] = MappingProxyType(
    {
        (200, "succeeded"): Outcome.SUCCEEDED,
        (202, "pending"): Outcome.PENDING,
        (202, "requires_action"): Outcome.REQUIRES_ACTION,
        (402, "declined"): Outcome.DECLINED,
    }
)
REFUND_ANSWERS: Final[Mapping[tuple[int, str], Outcome]] = MappingProxyType(
    {
        (200, "succeeded"): Outcome.SUCCEEDED,
        (200, "pending"): Outcome.PENDING,
        (200, "failed"): Outcome.DECLINED,
    }
)

# Found by a status query or told by a webhook.
CHARGE_STATES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "succeeded": Outcome.SUCCEEDED,
        "pending": Outcome.PENDING,
        "requires_action": Outcome.REQUIRES_ACTION,
        "declined": Outcome.DECLINED,
        "canceled": Outcome.NOT_EXECUTED,
    }
)
REFUND_STATES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "succeeded": Outcome.SUCCEEDED,
        "pending": Outcome.PENDING,
        "failed": Outcome.DECLINED,
    }
)

# Webhook type: what it is about and the state its object must be in.
EVENTS: Final[Mapping[str, tuple[ChargeKind, str]]] = MappingProxyType(
    {
        "charge.succeeded": (ChargeKind.CHARGE, "succeeded"),
        "charge.declined": (ChargeKind.CHARGE, "declined"),
        "charge.canceled": (ChargeKind.CHARGE, "canceled"),
        "refund.succeeded": (ChargeKind.REFUND, "succeeded"),
        "refund.failed": (ChargeKind.REFUND, "failed"),
    }
)

DECLINE_CODES: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "authentication_failed": DeclineCategory.AUTHENTICATION_FAILED,
        "authentication_required": DeclineCategory.AUTHENTICATION_REQUIRED,
        "card_not_supported": DeclineCategory.CARD_RESTRICTED,
        "do_not_honor": DeclineCategory.DO_NOT_HONOR,
        "expired_card": DeclineCategory.EXPIRED_CARD,
        "fraudulent": DeclineCategory.SUSPECTED_FRAUD,
        "insufficient_funds": DeclineCategory.INSUFFICIENT_FUNDS,
        "invalid_account": DeclineCategory.INVALID_ACCOUNT,
        "issuer_unavailable": DeclineCategory.ISSUER_UNAVAILABLE,
        "lost_card": DeclineCategory.LOST_OR_STOLEN,
        "processing_error": DeclineCategory.PROCESSOR_ERROR,
        "revocation_of_authorization": DeclineCategory.REVOKED,
        "stolen_card": DeclineCategory.LOST_OR_STOLEN,
        "try_again_later": DeclineCategory.DO_NOT_HONOR,
    }
)

# ISO 8583 response codes: read only where the provider gives no word of its own.
NETWORK_CODES: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "01": DeclineCategory.DO_NOT_HONOR,
        "02": DeclineCategory.DO_NOT_HONOR,
        "04": DeclineCategory.LOST_OR_STOLEN,
        "05": DeclineCategory.DO_NOT_HONOR,
        "06": DeclineCategory.PROCESSOR_ERROR,
        "07": DeclineCategory.LOST_OR_STOLEN,
        "12": DeclineCategory.CARD_RESTRICTED,
        "14": DeclineCategory.INVALID_ACCOUNT,
        "15": DeclineCategory.INVALID_ACCOUNT,
        "17": DeclineCategory.CUSTOMER_CANCELED,
        "19": DeclineCategory.PROCESSOR_ERROR,
        "1A": DeclineCategory.AUTHENTICATION_REQUIRED,
        "33": DeclineCategory.EXPIRED_CARD,
        "41": DeclineCategory.LOST_OR_STOLEN,
        "43": DeclineCategory.LOST_OR_STOLEN,
        "46": DeclineCategory.INVALID_ACCOUNT,
        "51": DeclineCategory.INSUFFICIENT_FUNDS,
        "54": DeclineCategory.EXPIRED_CARD,
        "55": DeclineCategory.PIN,
        "57": DeclineCategory.CARD_RESTRICTED,
        "59": DeclineCategory.SUSPECTED_FRAUD,
        "61": DeclineCategory.AMOUNT_LIMIT,
        "62": DeclineCategory.CARD_RESTRICTED,
        "63": DeclineCategory.SUSPECTED_FRAUD,
        "65": DeclineCategory.VELOCITY_LIMIT,
        "75": DeclineCategory.PIN,
        "78": DeclineCategory.CARD_RESTRICTED,
        "86": DeclineCategory.PIN,
        "91": DeclineCategory.ISSUER_UNAVAILABLE,
        "92": DeclineCategory.ISSUER_UNAVAILABLE,
        "93": DeclineCategory.COMPLIANCE,
        "94": DeclineCategory.DUPLICATE,
        "96": DeclineCategory.PROCESSOR_ERROR,
        "N7": DeclineCategory.CVC_MISMATCH,
        "R0": DeclineCategory.REVOKED,
        "R1": DeclineCategory.REVOKED,
        "R3": DeclineCategory.REVOKED,
    }
)

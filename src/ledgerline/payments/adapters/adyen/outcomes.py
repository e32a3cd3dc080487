"""What every answer and every event of Adyen means, as tables. What is not here is unknown.

Sources, all of Adyen's documentation: API explorer "Checkout v71", "Result codes", "Refusal
reasons", "Raw acquirer responses", "Error codes", "Webhook types".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.payments.contract import TransportPhase
from ledgerline.payments.model import DeclineCategory, Outcome

# How far a charge or refund got. Without a byte on the wire nothing can have executed.
NOTHING_LEFT: Final = frozenset(
    {TransportPhase.NOT_STARTED, TransportPhase.NOT_CONNECTED, TransportPhase.NO_BYTE_SENT}
)

# "Result codes". Authorised is captured: every payment asks for that. What asks for the payer by
# other means than a redirect was not asked for, and a part of an amount is not what was asked for.
RESULTS: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "Authorised": Outcome.SUCCEEDED,
        "Cancelled": Outcome.DECLINED,
        "Error": Outcome.DECLINED,
        "Pending": Outcome.PENDING,
        "Received": Outcome.PENDING,
        "RedirectShopper": Outcome.REQUIRES_ACTION,
        "Refused": Outcome.DECLINED,
    }
)
# What an end without a code of its own means. A refusal may come without a reason.
WITHOUT_A_CODE: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "Cancelled": DeclineCategory.CUSTOMER_CANCELED,
        "Error": DeclineCategory.PROCESSOR_ERROR,
        "Refused": DeclineCategory.UNMAPPED,
    }
)

# "Refusal reasons".
REASONS: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "2": DeclineCategory.DO_NOT_HONOR,  # Refused
        "3": DeclineCategory.DO_NOT_HONOR,  # Referral
        "4": DeclineCategory.PROCESSOR_ERROR,  # Acquirer Error
        "5": DeclineCategory.LOST_OR_STOLEN,  # Blocked Card
        "6": DeclineCategory.EXPIRED_CARD,  # Expired Card
        "7": DeclineCategory.MERCHANT_CONFIG,  # Invalid Amount
        "8": DeclineCategory.INVALID_ACCOUNT,  # Invalid Card Number
        "9": DeclineCategory.ISSUER_UNAVAILABLE,  # Issuer Unavailable
        "10": DeclineCategory.CARD_RESTRICTED,  # Not supported
        "11": DeclineCategory.AUTHENTICATION_FAILED,  # 3D Not Authenticated
        "12": DeclineCategory.INSUFFICIENT_FUNDS,  # Not enough balance
        "14": DeclineCategory.SUSPECTED_FRAUD,  # Acquirer Fraud
        "15": DeclineCategory.CUSTOMER_CANCELED,  # Cancelled
        "16": DeclineCategory.CUSTOMER_CANCELED,  # Shopper Cancelled
        "17": DeclineCategory.PIN,  # Invalid Pin
        "18": DeclineCategory.PIN,  # Pin tries exceeded
        "19": DeclineCategory.PIN,  # Pin validation not possible
        "20": DeclineCategory.FRAUD_ENGINE,  # FRAUD
        "21": DeclineCategory.PROCESSOR_ERROR,  # Not Submitted
        "22": DeclineCategory.FRAUD_ENGINE,  # FRAUD-CANCELLED
        "23": DeclineCategory.CARD_RESTRICTED,  # Transaction Not Permitted
        "24": DeclineCategory.CVC_MISMATCH,  # CVC Declined
        "25": DeclineCategory.CARD_RESTRICTED,  # Restricted Card
        "26": DeclineCategory.REVOKED,  # Revocation Of Auth
        "27": DeclineCategory.DO_NOT_HONOR,  # Declined Non Generic
        "28": DeclineCategory.AMOUNT_LIMIT,  # Withdrawal amount exceeded
        "29": DeclineCategory.VELOCITY_LIMIT,  # Withdrawal count exceeded
        "31": DeclineCategory.SUSPECTED_FRAUD,  # Issuer Suspected Fraud
        "32": DeclineCategory.AVS_MISMATCH,  # AVS Declined
        "33": DeclineCategory.PIN,  # Card requires online pin
        "34": DeclineCategory.INVALID_ACCOUNT,  # No checking account available on Card
        "35": DeclineCategory.INVALID_ACCOUNT,  # No savings account available on Card
        "36": DeclineCategory.PIN,  # Mobile pin required
        "37": DeclineCategory.CUSTOMER_CANCELED,  # Contactless fallback
        "38": DeclineCategory.AUTHENTICATION_REQUIRED,  # Authentication required
        "39": DeclineCategory.AUTHENTICATION_FAILED,  # RReq not received from DS
        "40": DeclineCategory.PROCESSOR_ERROR,  # Current AID is in Penalty Box
        "41": DeclineCategory.CUSTOMER_CANCELED,  # CVM Required Restart Payment
        "42": DeclineCategory.AUTHENTICATION_FAILED,  # 3DS Authentication Error
        "46": DeclineCategory.RETRY_BLOCKED,  # Blocked to prevent excessive retry fees
        "50": DeclineCategory.REVOKED,  # Token Revoked
    }
)

# Whoever is refused here is the merchant, before anything else is looked at.
UNAUTHORIZED: Final = frozenset({401, 403})
# "Error codes": refused while the request was read, by the type that stands in the body.
BEFORE_EXECUTION: Final = frozenset({400, 422})
ERROR_TYPES: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "configuration": DeclineCategory.MERCHANT_CONFIG,
        "validation": DeclineCategory.REQUEST_REFUSED,
    }
)
# "API idempotency": another request under the key was processed or is under way. It is of type
# validation all the same, and says nothing about what that request came to.
DUPLICATES: Final = frozenset({"703", "704"})

# "Webhook types": (event, success) that tells how a charge or a refund ended. A refund that failed
# later comes as an event of its own, which succeeds. An offer is closed when its payer did not come
# back in time. A cancel that did not succeed says nothing.
ENDS: Final[Mapping[tuple[str, bool], Outcome]] = MappingProxyType(
    {
        ("AUTHORISATION", True): Outcome.SUCCEEDED,
        ("AUTHORISATION", False): Outcome.DECLINED,
        ("CANCELLATION", True): Outcome.NOT_EXECUTED,
        ("OFFER_CLOSED", True): Outcome.NOT_EXECUTED,
        ("TECHNICAL_CANCEL", True): Outcome.NOT_EXECUTED,
        ("REFUND", True): Outcome.SUCCEEDED,
        ("REFUND", False): Outcome.DECLINED,
        ("REFUND_FAILED", True): Outcome.DECLINED,
        ("REFUNDED_REVERSED", True): Outcome.DECLINED,
    }
)
REFUND_EVENTS: Final = frozenset({"REFUND", "REFUND_FAILED", "REFUNDED_REVERSED"})

# What people must hear of, once it happened: money moved, or may have to. Of a dispute they hear
# this where it is of no charge of ours; else its flow tells.
ALARMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CANCELLATION": "it was canceled at Adyen",
        "CANCEL_OR_REFUND": "it was canceled or given back at Adyen",
        "CAPTURE_FAILED": "it was authorised, and the money could not be taken",
        "CHARGEBACK": "the payer disputed it, and the amount was taken from us",
        "CHARGEBACK_REVERSED": "a dispute was won for now, and the amount came back",
        "DISPUTE_DEFENSE_PERIOD_ENDED": "the time to defend a dispute is over",
        "EXPIRE": "the authorisation expired before all of it was taken",
        "ISSUER_RESPONSE_TIMEFRAME_EXPIRED": "the bank of the payer let a dispute rest",
        "MANUAL_REVIEW_REJECT": "a review at Adyen rejected it",
        "NOTIFICATION_OF_CHARGEBACK": "the payer disputes it; a defense has a deadline",
        "NOTIFICATION_OF_FRAUD": "the bank of the payer calls it fraud",
        "PREARBITRATION_ACCEPTED": "pre-arbitration of a dispute was accepted",
        "PREARBITRATION_DECLINED": "pre-arbitration of a dispute was declined",
        "PREARBITRATION_ISSUER_WITHDRAWN": "the bank of the payer withdrew its pre-arbitration",
        "PREARBITRATION_LOST": "a dispute was lost in pre-arbitration",
        "PREARBITRATION_OPEN": "a dispute went to pre-arbitration; an answer has a deadline",
        "PREARBITRATION_WON": "a dispute was won in pre-arbitration",
        "REQUEST_FOR_INFORMATION": "the bank of the payer asks about it; an answer has a deadline",
        "SCHEME_ARBITRATION": "a dispute went to the arbitration of the scheme",
        "SCHEME_ARBITRATION_LOST": "a dispute was lost in arbitration",
        "SCHEME_ARBITRATION_WON": "a dispute was won in arbitration",
        "SECOND_CHARGEBACK": "a defense was refused, and the amount was taken from us again",
    }
)
# Why a charge was ended, where the event says it: the payer was to act, and did not.
WHY_ENDED: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {"OFFER_CLOSED": DeclineCategory.AUTHENTICATION_FAILED}
)
# Changes of a payment: their own id comes first, and that of the payment beside it.
MODIFICATIONS: Final = frozenset({"CANCELLATION", "TECHNICAL_CANCEL"})
# Of these it is known that they are about a charge; of what is not listed nothing is known.
CHARGE_EVENTS: Final = (
    frozenset({"AUTHORISATION", "CAPTURE", "OFFER_CLOSED"})
    | MODIFICATIONS
    | ALARMS.keys() - REFUND_EVENTS
)

# What is told of a charge of nothing, which verifies a card and stores it.
SETUP_EVENTS: Final = frozenset({"AUTHORISATION", "OFFER_CLOSED"}) | MODIFICATIONS

# ``threeDAuthenticatedResponse``: the ``transStatus`` of the protocol.
TRANS_STATUS: Final = frozenset("YANURCI")

"""What every answer of Stripe means, as tables. What is not here is unknown.

Source: Stripe API reference, "Errors", "The PaymentIntent object" and "The Refund object"; guides
"Advanced error handling", "Stripe decline codes" and "Card declines".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.payments.contract import TransportPhase
from ledgerline.payments.model import Advice, ChargeKind, DeclineCategory, Outcome

# Without a byte on the wire nothing can have executed.
NOTHING_LEFT: Final = frozenset(
    {TransportPhase.NOT_STARTED, TransportPhase.NOT_CONNECTED, TransportPhase.NO_BYTE_SENT}
)

CARD_ERROR: Final = "card_error"
INVALID_REQUEST: Final = "invalid_request_error"
# The only word of a 429 that is documented as before execution; ``lock_timeout`` says less.
RATE_LIMIT: Final = "rate_limit"
# Errors of the request by their type, and yet what the payer did not pass.
AUTHENTICATION_FAILED: Final = frozenset(
    {
        "authentication_failure",
        "payment_intent_authentication_failure",
        "setup_intent_authentication_failure",
    }
)

# Refused before anything of Stripe's executes, with or without its body: no key, or no right.
OUR_CREDENTIALS: Final = frozenset({401, 403})
# Refused before execution, but only in Stripe's own words: a proxy answers with these, too.
OUR_REQUEST: Final = frozenset({400, 404})

# An intent that wants another payment method could be confirmed again, and yet it is refused for
# good: only our key confirms it, and it never does. A payer who comes back from their bank brings
# its client secret along; whoever confirmed by that, from a page of their own making, paid late.
INTENT_STATES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "succeeded": Outcome.SUCCEEDED,
        "processing": Outcome.PENDING,
        "requires_action": Outcome.REQUIRES_ACTION,
        "canceled": Outcome.NOT_EXECUTED,  # and nothing can be executed by it any more
        "requires_payment_method": Outcome.DECLINED,  # with the error that put it there
    }
)
# A refund that waits for its receiver may still be paid or fail.
REFUND_STATES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "succeeded": Outcome.SUCCEEDED,
        "pending": Outcome.PENDING,
        "requires_action": Outcome.PENDING,
        "failed": Outcome.DECLINED,
        "canceled": Outcome.DECLINED,
    }
)

# Webhook type: what it is about and the states its object may be in.
EVENTS: Final[Mapping[str, tuple[ChargeKind, frozenset[str]]]] = MappingProxyType(
    {
        "payment_intent.succeeded": (ChargeKind.CHARGE, frozenset({"succeeded"})),
        "payment_intent.payment_failed": (
            ChargeKind.CHARGE,
            frozenset({"requires_payment_method"}),
        ),
        "payment_intent.processing": (ChargeKind.CHARGE, frozenset({"processing"})),
        "payment_intent.requires_action": (ChargeKind.CHARGE, frozenset({"requires_action"})),
        "payment_intent.canceled": (ChargeKind.CHARGE, frozenset({"canceled"})),
        "refund.created": (ChargeKind.REFUND, frozenset(REFUND_STATES)),
        "refund.updated": (ChargeKind.REFUND, frozenset(REFUND_STATES)),
        "refund.failed": (ChargeKind.REFUND, frozenset({"failed"})),
    }
)

# The same of SetupIntents.
SETUP_EVENTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "setup_intent.canceled": frozenset({"canceled"}),
        "setup_intent.requires_action": frozenset({"requires_action"}),
        "setup_intent.setup_failed": frozenset({"requires_payment_method"}),
        "setup_intent.succeeded": frozenset({"succeeded"}),
    }
)

# What people must hear of, since no machine acts on it. A refund may fail after it succeeded.
ALARMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "charge.dispute.closed": "a dispute is over",
        "charge.dispute.created": "the payer disputes a charge, and an answer has a deadline",
        "charge.dispute.funds_reinstated": "what a dispute took came back",
        "charge.dispute.funds_withdrawn": "a dispute took its amount from us",
        "charge.dispute.updated": "a dispute changed",
        "charge.expired": "a charge was authorised, and the money was not taken in time",
        "payout.canceled": "a payout was canceled: its amount is at Stripe",
        "payout.failed": "a payout failed at the bank: its amount is at Stripe",
        "radar.early_fraud_warning.created": "the bank of the payer calls a charge fraud",
        "radar.early_fraud_warning.updated": "what the bank of the payer calls fraud changed",
        "refund.failed": "a refund failed: the money is at Stripe",
        "review.closed": "a review of a charge is over",
        "review.opened": "a charge waits for a review at Stripe",
    }
)
# A new refund without our reference is none that was asked for here.
NEW_REFUND: Final = "refund.created"
FAILED_REFUND: Final = "refund.failed"
MADE_AT_STRIPE: Final = "money was given back that nobody asked for here"

_C: Final = DeclineCategory
# ``decline_code`` of a card error, or its ``code`` where no decline code is told.
DECLINE_CODES: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "insufficient_funds": _C.INSUFFICIENT_FUNDS,
        "card_velocity_exceeded": _C.AMOUNT_LIMIT,
        "invalid_amount": _C.AMOUNT_LIMIT,
        "card_decline_rate_limit_exceeded": _C.VELOCITY_LIMIT,
        "withdrawal_count_limit_exceeded": _C.VELOCITY_LIMIT,
        # no reason that helps
        "call_issuer": _C.DO_NOT_HONOR,
        "do_not_honor": _C.DO_NOT_HONOR,
        "generic_decline": _C.DO_NOT_HONOR,
        "no_action_taken": _C.DO_NOT_HONOR,
        "try_again_later": _C.DO_NOT_HONOR,
        # technical
        "issuer_not_available": _C.ISSUER_UNAVAILABLE,
        "approve_with_id": _C.PROCESSOR_ERROR,
        "processing_error": _C.PROCESSOR_ERROR,
        "reenter_transaction": _C.PROCESSOR_ERROR,
        # the payer must be there
        "authentication_not_handled": _C.AUTHENTICATION_REQUIRED,
        "authentication_required": _C.AUTHENTICATION_REQUIRED,
        **dict.fromkeys(AUTHENTICATION_FAILED, _C.AUTHENTICATION_FAILED),
        "incorrect_pin": _C.PIN,
        "invalid_pin": _C.PIN,
        "offline_pin_required": _C.PIN,
        "online_or_offline_pin_required": _C.PIN,
        "pin_try_exceeded": _C.PIN,
        # the card is over, or was written down wrongly
        "expired_card": _C.EXPIRED_CARD,
        "expired_payment_method": _C.EXPIRED_CARD,
        "invalid_expiry_month": _C.EXPIRED_CARD,
        "invalid_expiry_year": _C.EXPIRED_CARD,
        "new_account_information_available": _C.NEW_ACCOUNT_INFO,
        "incorrect_address": _C.AVS_MISMATCH,
        "incorrect_postal_code": _C.AVS_MISMATCH,
        "incorrect_zip": _C.AVS_MISMATCH,
        "incorrect_cvc": _C.CVC_MISMATCH,
        "invalid_cvc": _C.CVC_MISMATCH,
        "incorrect_number": _C.INVALID_ACCOUNT,
        "invalid_account": _C.INVALID_ACCOUNT,
        "invalid_number": _C.INVALID_ACCOUNT,
        "lost_card": _C.LOST_OR_STOLEN,
        "pickup_card": _C.LOST_OR_STOLEN,
        "stolen_card": _C.LOST_OR_STOLEN,
        "fraudulent": _C.SUSPECTED_FRAUD,
        "security_violation": _C.SUSPECTED_FRAUD,
        "merchant_blacklist": _C.FRAUD_ENGINE,
        # not with this card
        "card_not_supported": _C.CARD_RESTRICTED,
        "currency_not_supported": _C.CARD_RESTRICTED,
        "not_permitted": _C.CARD_RESTRICTED,
        "payment_method_restricted": _C.CARD_RESTRICTED,
        "restricted_card": _C.CARD_RESTRICTED,
        "service_not_allowed": _C.CARD_RESTRICTED,
        "transaction_not_allowed": _C.CARD_RESTRICTED,
        "do_not_try_again": _C.RETRY_BLOCKED,
        "duplicate_transaction": _C.DUPLICATE,
        "india_recurring_payment_mandate_canceled": _C.REVOKED,
        "revocation_of_all_authorizations": _C.REVOKED,
        "revocation_of_authorization": _C.REVOKED,
        "stop_payment_order": _C.REVOKED,
        "testmode_decline": _C.MERCHANT_CONFIG,
    }
)
# ``three_d_secure.result`` of a charge as the ``transStatus`` of the protocol, where it is one.
TRANS_STATUS: Final[Mapping[str, str]] = MappingProxyType(
    {"authenticated": "Y", "attempt_acknowledged": "A", "failed": "N", "processing_error": "U"}
)
FLOWS: Final[Mapping[str, bool]] = MappingProxyType({"challenge": True, "frictionless": False})
"""Whether the payer was challenged."""

# An earlier charge may have gone through: only what a second look finds ends the attempt.
LOOK_FIRST: Final = frozenset({"duplicate_transaction"})

# ``advice_code``, which is Stripe's; ``network_advice_code`` is the network's own.
ADVICE: Final[Mapping[str, Advice]] = MappingProxyType(
    {
        "confirm_card_data": Advice.UPDATE_INSTRUMENT,
        "do_not_try_again": Advice.NEVER,
        "try_again_later": Advice.LATER,
    }
)

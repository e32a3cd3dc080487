"""Why a card is refused, in Stripe's words.

Source: Stripe, "Stripe decline codes", "Network decline codes", "Card declines", "Error codes".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pspsim.codes import NETWORK_CODE, DeclineCode

_D: Final = DeclineCode
DECLINE_CODES: Final[Mapping[DeclineCode, str]] = MappingProxyType(
    {
        _D.INSUFFICIENT_FUNDS: "insufficient_funds",
        _D.DO_NOT_HONOR: "do_not_honor",
        _D.ISSUER_UNAVAILABLE: "issuer_not_available",
        _D.PROCESSING_ERROR: "processing_error",
        _D.EXPIRED_CARD: "expired_card",
        _D.INVALID_ACCOUNT: "invalid_account",
        _D.LOST_CARD: "lost_card",
        _D.STOLEN_CARD: "stolen_card",
        _D.FRAUDULENT: "fraudulent",
        _D.AUTHENTICATION_REQUIRED: "authentication_required",
        _D.AUTHENTICATION_FAILED: "payment_intent_authentication_failure",
        _D.CARD_NOT_SUPPORTED: "card_not_supported",
        _D.REVOCATION_OF_AUTHORIZATION: "revocation_of_authorization",
        _D.TRY_AGAIN_LATER: "try_again_later",
    }
)
# Decline codes that are error codes themselves; every other comes under ``card_declined``.
_OWN_CODES: Final = frozenset(
    {"authentication_required", "expired_card", "incorrect_cvc", "processing_error"}
)
_ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "card_velocity_exceeded": "try_again_later",
        "do_not_honor": "try_again_later",
        "expired_card": "do_not_try_again",
        "generic_decline": "try_again_later",
        "incorrect_cvc": "confirm_card_data",
        "insufficient_funds": "try_again_later",
        "invalid_account": "do_not_try_again",
        "issuer_not_available": "try_again_later",
        "lost_card": "do_not_try_again",
        "processing_error": "try_again_later",
        "revocation_of_authorization": "do_not_try_again",
        "stolen_card": "do_not_try_again",
        "try_again_later": "try_again_later",
    }
)


def word(code: DeclineCode, changed: str | None) -> str:
    """Return Stripe's decline code; ``changed`` is that of a test id."""
    return changed or DECLINE_CODES[code]


def card_error(code: DeclineCode, changed: str | None) -> dict[str, Any]:
    """Build the inside of a card error; who did not pass their bank's page is no matter of it."""
    if code is DeclineCode.AUTHENTICATION_FAILED:
        return {
            "code": DECLINE_CODES[code],
            "message": "The provided PaymentMethod has failed authentication.",
            "type": "invalid_request_error",
        }
    told = word(code, changed)
    error: dict[str, Any] = {
        "code": told if told in _OWN_CODES else "card_declined",
        "decline_code": told,
        "message": "The card was declined.",
        "network_decline_code": NETWORK_CODE[code],
        "type": "card_error",
    }
    if told in _ADVICE:
        error["advice_code"] = _ADVICE[told]
    if told == "incorrect_cvc":
        error["param"] = "cvc"
    return error

"""What a payer is told about a refused payment: a neutral text and what may help."""

from typing import Final, NamedTuple

from ledgerline.api.errors import Decline
from ledgerline.payments.model import DeclineCategory


class _Advice(NamedTuple):
    retry: str
    message: str


_PLAIN: Final = "Your bank declined the payment. Use another card or contact your bank."
_LATER: Final = "The payment could not be completed just now. You were not charged. Try again."
_OTHER: Final = _Advice("other_method", _PLAIN)
_NOT_EXECUTED: Final = Decline(reason="processor_error", retry="later", message=_LATER)

# Lost, stolen and suspected fraud look like any other refusal to whoever holds the card.
_ADVICE: Final = {
    DeclineCategory.INSUFFICIENT_FUNDS: _Advice(
        "later", "Your bank declined the payment. Check your balance or use another card."
    ),
    DeclineCategory.DO_NOT_HONOR: _Advice("later", _PLAIN),
    DeclineCategory.ISSUER_UNAVAILABLE: _Advice("later", _LATER),
    DeclineCategory.PROCESSOR_ERROR: _Advice("later", _LATER),
    DeclineCategory.AUTHENTICATION_REQUIRED: _Advice(
        "authenticate", "Your bank asks you to confirm this payment."
    ),
    DeclineCategory.EXPIRED_CARD: _Advice(
        "other_method", "This card has expired. Use another card."
    ),
    DeclineCategory.INVALID_ACCOUNT: _OTHER,
    DeclineCategory.LOST_OR_STOLEN: _OTHER,
    DeclineCategory.SUSPECTED_FRAUD: _OTHER,
    DeclineCategory.CARD_RESTRICTED: _OTHER,
    DeclineCategory.REVOKED: _OTHER,
    DeclineCategory.MERCHANT_CONFIG: _Advice("later", _LATER),
    DeclineCategory.UNMAPPED: _Advice("later", _PLAIN),
}


def decline(category: str | None) -> Decline:
    """Explain a refusal by its category; None means that the provider did nothing at all."""
    if category is None:
        return _NOT_EXECUTED
    advice = _ADVICE[DeclineCategory(category)]
    return Decline(reason=category, retry=advice.retry, message=advice.message)

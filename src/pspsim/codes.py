"""The decline codes of the dialect, their network codes, and what lies behind each of them."""

from enum import StrEnum
from typing import Final


class DeclineCode(StrEnum):
    """Name the reason of a decline as the public API shows it."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    DO_NOT_HONOR = "do_not_honor"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    PROCESSING_ERROR = "processing_error"
    EXPIRED_CARD = "expired_card"
    INVALID_ACCOUNT = "invalid_account"
    LOST_CARD = "lost_card"
    STOLEN_CARD = "stolen_card"
    FRAUDULENT = "fraudulent"
    AUTHENTICATION_REQUIRED = "authentication_required"
    AUTHENTICATION_FAILED = "authentication_failed"
    CARD_NOT_SUPPORTED = "card_not_supported"
    REVOCATION_OF_AUTHORIZATION = "revocation_of_authorization"
    TRY_AGAIN_LATER = "try_again_later"


class Cause(StrEnum):
    """Name the latent reason a payer cannot pay; it decides what a second attempt meets."""

    HARD = "hard"  # the instrument is gone: every attempt, everywhere, for good
    AUTHENTICATION = "authentication"  # the payer must be present
    FUNDS = "funds"  # the account is empty until the next payday
    GENERIC = "generic"  # this provider's issuer route refuses today
    TECHNICAL = "technical"  # chance, drawn anew for every reference


NETWORK_CODE: Final[dict[DeclineCode, str]] = {
    DeclineCode.INSUFFICIENT_FUNDS: "51",
    DeclineCode.DO_NOT_HONOR: "05",
    DeclineCode.ISSUER_UNAVAILABLE: "91",
    DeclineCode.PROCESSING_ERROR: "96",
    DeclineCode.EXPIRED_CARD: "54",
    DeclineCode.INVALID_ACCOUNT: "14",
    DeclineCode.LOST_CARD: "41",
    DeclineCode.STOLEN_CARD: "43",
    DeclineCode.FRAUDULENT: "59",
    DeclineCode.AUTHENTICATION_REQUIRED: "1A",
    DeclineCode.AUTHENTICATION_FAILED: "05",
    DeclineCode.CARD_NOT_SUPPORTED: "57",
    DeclineCode.REVOCATION_OF_AUTHORIZATION: "R1",
    DeclineCode.TRY_AGAIN_LATER: "05",
}

CAUSE: Final[dict[DeclineCode, Cause]] = {
    DeclineCode.INSUFFICIENT_FUNDS: Cause.FUNDS,
    DeclineCode.DO_NOT_HONOR: Cause.GENERIC,
    DeclineCode.ISSUER_UNAVAILABLE: Cause.TECHNICAL,
    DeclineCode.PROCESSING_ERROR: Cause.TECHNICAL,
    DeclineCode.EXPIRED_CARD: Cause.HARD,
    DeclineCode.INVALID_ACCOUNT: Cause.HARD,
    DeclineCode.LOST_CARD: Cause.HARD,
    DeclineCode.STOLEN_CARD: Cause.HARD,
    DeclineCode.FRAUDULENT: Cause.HARD,
    DeclineCode.AUTHENTICATION_REQUIRED: Cause.AUTHENTICATION,
    DeclineCode.AUTHENTICATION_FAILED: Cause.AUTHENTICATION,
    DeclineCode.CARD_NOT_SUPPORTED: Cause.HARD,
    DeclineCode.REVOCATION_OF_AUTHORIZATION: Cause.HARD,
    DeclineCode.TRY_AGAIN_LATER: Cause.TECHNICAL,
}

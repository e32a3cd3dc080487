"""What a payer is told of a refusal: twelve reasons, chosen by the category of a decline."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ledgerline.payments.model import DeclineCategory as C


class Told(StrEnum):
    """What a payer is told; each has a sentence in every language."""

    FUNDS = "funds"
    LIMIT = "limit"
    REFUSED = "refused"
    EXPIRED = "expired"
    NUMBER = "number"
    CODE = "code"
    ADDRESS = "address"
    AUTHENTICATION = "authentication"
    CARD_TYPE = "card_type"
    BANK = "bank"
    CANCELED = "canceled"
    OTHER = "other"  # lost, stolen and suspected fraud look like any card that is not taken here


_TOLD: Final[Mapping[C, Told]] = MappingProxyType(
    {
        C.INSUFFICIENT_FUNDS: Told.FUNDS,
        C.AMOUNT_LIMIT: Told.LIMIT,
        C.VELOCITY_LIMIT: Told.LIMIT,
        C.DO_NOT_HONOR: Told.REFUSED,
        C.DUPLICATE: Told.REFUSED,
        C.RETRY_BLOCKED: Told.REFUSED,
        C.UNMAPPED: Told.REFUSED,
        C.EXPIRED_CARD: Told.EXPIRED,
        C.INVALID_ACCOUNT: Told.NUMBER,
        C.NEW_ACCOUNT_INFO: Told.NUMBER,
        C.CREDENTIAL_REFERENCE: Told.NUMBER,
        C.CVC_MISMATCH: Told.CODE,
        C.PIN: Told.CODE,
        C.AVS_MISMATCH: Told.ADDRESS,
        C.AUTHENTICATION_REQUIRED: Told.AUTHENTICATION,
        C.AUTHENTICATION_FAILED: Told.AUTHENTICATION,
        C.CARD_RESTRICTED: Told.CARD_TYPE,
        C.ISSUER_UNAVAILABLE: Told.BANK,
        C.PROCESSOR_ERROR: Told.BANK,
        C.MERCHANT_CONFIG: Told.BANK,
        C.REQUEST_REFUSED: Told.BANK,
        C.CUSTOMER_CANCELED: Told.CANCELED,
        C.LOST_OR_STOLEN: Told.OTHER,
        C.SUSPECTED_FRAUD: Told.OTHER,
        C.FRAUD_ENGINE: Told.OTHER,
        C.REVOKED: Told.OTHER,
        C.COMPLIANCE: Told.OTHER,
    }
)


def told(category: str | None) -> Told:
    """Choose what a payer is told; without a category a bank was not reached."""
    return Told.BANK if category is None else _TOLD[C(category)]

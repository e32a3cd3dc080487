"""Why a bank returns a debit, in GoCardless's words and in those of the scheme.

Source: API reference, "Event types", payments: failed.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pspsim.codes import DeclineCode

SCHEMES: Final[Mapping[str, str]] = {"EUR": "sepa_core", "GBP": "bacs", "USD": "ach"}
"""The scheme of a currency; the other schemes of GoCardless are not simulated."""


class Cause(NamedTuple):
    """The simplified word and the reason code of the scheme."""

    cause: str
    reason_code: str


_SEPA: Final[Mapping[DeclineCode, Cause]] = {
    DeclineCode.INSUFFICIENT_FUNDS: Cause("insufficient_funds", "AM04"),
    DeclineCode.DO_NOT_HONOR: Cause("refer_to_payer", "MS03"),
    DeclineCode.ISSUER_UNAVAILABLE: Cause("refer_to_payer", "MS03"),
    DeclineCode.PROCESSING_ERROR: Cause("refer_to_payer", "MS03"),
    DeclineCode.TRY_AGAIN_LATER: Cause("refer_to_payer", "MS02"),
    DeclineCode.AUTHENTICATION_REQUIRED: Cause("refer_to_payer", "SL01"),
    DeclineCode.AUTHENTICATION_FAILED: Cause("refer_to_payer", "SL01"),
    DeclineCode.EXPIRED_CARD: Cause("bank_account_closed", "AC04"),
    DeclineCode.INVALID_ACCOUNT: Cause("invalid_bank_details", "AC01"),
    DeclineCode.LOST_CARD: Cause("account_blocked_for_any_financial_transaction", "AC06"),
    DeclineCode.STOLEN_CARD: Cause("bank_account_closed", "MD07"),
    DeclineCode.FRAUDULENT: Cause("mandate_cancelled", "MD01"),
    DeclineCode.CARD_NOT_SUPPORTED: Cause("direct_debit_not_enabled", "AG01"),
    DeclineCode.REVOCATION_OF_AUTHORIZATION: Cause("mandate_cancelled", "MD01"),
}
_BACS: Final[Mapping[DeclineCode, Cause]] = {
    DeclineCode.INSUFFICIENT_FUNDS: Cause("refer_to_payer", "ARUDD-0"),
    DeclineCode.DO_NOT_HONOR: Cause("refer_to_payer", "ARUDD-0"),
    DeclineCode.ISSUER_UNAVAILABLE: Cause("refer_to_payer", "ARUDD-0"),
    DeclineCode.PROCESSING_ERROR: Cause("refer_to_payer", "ARUDD-0"),
    DeclineCode.TRY_AGAIN_LATER: Cause("refer_to_payer", "ARUDD-0"),
    DeclineCode.AUTHENTICATION_REQUIRED: Cause("other", "ARUDD-6"),
    DeclineCode.AUTHENTICATION_FAILED: Cause("other", "ARUDD-6"),
    DeclineCode.EXPIRED_CARD: Cause("bank_account_transferred", "ARUDD-3"),
    DeclineCode.INVALID_ACCOUNT: Cause("invalid_bank_details", "ARUDD-5"),
    DeclineCode.LOST_CARD: Cause("bank_account_closed", "ARUDD-B"),
    DeclineCode.STOLEN_CARD: Cause("bank_account_closed", "ARUDD-2"),
    DeclineCode.FRAUDULENT: Cause("authorisation_disputed", "ARUDD-4"),
    DeclineCode.CARD_NOT_SUPPORTED: Cause("invalid_bank_details", "ARUDD-5"),
    DeclineCode.REVOCATION_OF_AUTHORIZATION: Cause("mandate_cancelled", "ARUDD-1"),
}
_ACH: Final[Mapping[DeclineCode, Cause]] = {
    DeclineCode.INSUFFICIENT_FUNDS: Cause("refer_to_payer", "ACH_RETURN-R01"),
    DeclineCode.DO_NOT_HONOR: Cause("refer_to_payer", "ACH_RETURN-R20"),
    DeclineCode.ISSUER_UNAVAILABLE: Cause("refer_to_payer", "ACH_RETURN-R34"),
    DeclineCode.PROCESSING_ERROR: Cause("other", "ACH_RETURN-R17"),
    DeclineCode.TRY_AGAIN_LATER: Cause("refer_to_payer", "ACH_RETURN-R09"),
    DeclineCode.AUTHENTICATION_REQUIRED: Cause("refer_to_payer", "ACH_RETURN-R08"),
    DeclineCode.AUTHENTICATION_FAILED: Cause("refer_to_payer", "ACH_RETURN-R08"),
    DeclineCode.EXPIRED_CARD: Cause("bank_account_closed", "ACH_RETURN-R02"),
    DeclineCode.INVALID_ACCOUNT: Cause("invalid_bank_details", "ACH_RETURN-R03"),
    DeclineCode.LOST_CARD: Cause("refer_to_payer", "ACH_RETURN-R16"),
    DeclineCode.STOLEN_CARD: Cause("bank_account_closed", "ACH_RETURN-R14"),
    DeclineCode.FRAUDULENT: Cause("authorisation_disputed", "ACH_RETURN-R10"),
    DeclineCode.CARD_NOT_SUPPORTED: Cause("invalid_bank_details", "ACH_RETURN-R13"),
    DeclineCode.REVOCATION_OF_AUTHORIZATION: Cause("authorisation_disputed", "ACH_RETURN-R07"),
}
_BY_SCHEME: Final = {"sepa_core": _SEPA, "bacs": _BACS, "ach": _ACH}


def cause_of(decline: str, *, scheme: str) -> Cause:
    """Say in the words of ``scheme`` what lies behind a decline of the shared payers."""
    return _BY_SCHEME[scheme][DeclineCode(decline)]

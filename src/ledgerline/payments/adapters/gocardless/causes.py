"""Why a bank debit brought no money, in GoCardless's words and those of the schemes, as ours.

Source: GoCardless API reference, "Event types", payments: failed and cancelled (causes and reason
codes by scheme); GoCardless guides, "ARUDD messages" and "Receiving messages". Read in 2026-11.
A reason code goes before the simplified cause, which lumps together what has to be told apart: the
death of the payer stands under ``bank_account_closed``. A reason code that the reference lists
under several causes (ACH R05, R06, R08, R29, R34, R75, R83) is not here, so its cause decides.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.payments.model import DeclineCategory

SEPA: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "AC01": DeclineCategory.INVALID_ACCOUNT,
        "AC04": DeclineCategory.INVALID_ACCOUNT,
        "AC06": DeclineCategory.INVALID_ACCOUNT,
        "AG01": DeclineCategory.INVALID_ACCOUNT,  # direct debits are not possible there
        "AM04": DeclineCategory.INSUFFICIENT_FUNDS,
        "BE06": DeclineCategory.INVALID_ACCOUNT,
        "MD01": DeclineCategory.REVOKED,
        "MD07": DeclineCategory.REVOKED,  # the payer is dead
        "MS02": DeclineCategory.DO_NOT_HONOR,
        "MS03": DeclineCategory.DO_NOT_HONOR,
        "RR04": DeclineCategory.DO_NOT_HONOR,
        "SL01": DeclineCategory.REVOKED,  # the payer lets this creditor debit no more
    }
)
BACS: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "ARUDD-0": DeclineCategory.INSUFFICIENT_FUNDS,
        "ARUDD-1": DeclineCategory.REVOKED,
        "ARUDD-2": DeclineCategory.REVOKED,  # the payer is dead
        "ARUDD-3": DeclineCategory.NEW_ACCOUNT_INFO,  # moved: a debit of the new account may work
        "ARUDD-4": DeclineCategory.REVOKED,
        "ARUDD-5": DeclineCategory.INVALID_ACCOUNT,
        "ARUDD-6": DeclineCategory.REVOKED,
        "ARUDD-7": DeclineCategory.REVOKED,
        "ARUDD-B": DeclineCategory.INVALID_ACCOUNT,
        "ARUDD-E": DeclineCategory.INVALID_ACCOUNT,
        "ARUDD-Y": DeclineCategory.INVALID_ACCOUNT,
        "ADDACS-2": DeclineCategory.REVOKED,  # the payer is dead
        "ADDACS-3": DeclineCategory.NEW_ACCOUNT_INFO,
        "ADDACS-C": DeclineCategory.NEW_ACCOUNT_INFO,
    }
)
ACH: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "ACH_RETURN-R01": DeclineCategory.INSUFFICIENT_FUNDS,
        "ACH_RETURN-R02": DeclineCategory.INVALID_ACCOUNT,
        "ACH_RETURN-R03": DeclineCategory.INVALID_ACCOUNT,
        "ACH_RETURN-R04": DeclineCategory.INVALID_ACCOUNT,
        "ACH_RETURN-R07": DeclineCategory.REVOKED,
        "ACH_RETURN-R09": DeclineCategory.INSUFFICIENT_FUNDS,
        "ACH_RETURN-R10": DeclineCategory.REVOKED,
        "ACH_RETURN-R12": DeclineCategory.INVALID_ACCOUNT,
        "ACH_RETURN-R13": DeclineCategory.INVALID_ACCOUNT,
        "ACH_RETURN-R14": DeclineCategory.REVOKED,  # the payer is dead
        "ACH_RETURN-R15": DeclineCategory.REVOKED,
        "ACH_RETURN-R16": DeclineCategory.INVALID_ACCOUNT,  # frozen; the mandate ends too
        "ACH_RETURN-R20": DeclineCategory.DO_NOT_HONOR,
        "ACH_RETURN-R23": DeclineCategory.DO_NOT_HONOR,
        "ACH_RETURN-R28": DeclineCategory.INVALID_ACCOUNT,
        "ACH_RETURN-R67": DeclineCategory.DO_NOT_HONOR,
        "ACH_RETURN-R82": DeclineCategory.INVALID_ACCOUNT,
    }
)
REASONS: Final[Mapping[str, DeclineCategory]] = MappingProxyType({**SEPA, **BACS, **ACH})

# ``other``, ``test_failure``, ``return_on_odfi_request``, ``payment_cancelled`` (somebody of the
# merchant did it) and whatever is new say nothing about the payer: unmapped, for people to see.
CAUSES: Final[Mapping[str, DeclineCategory]] = MappingProxyType(
    {
        "account_blocked_for_any_financial_transaction": DeclineCategory.INVALID_ACCOUNT,
        "authorisation_disputed": DeclineCategory.REVOKED,
        "bank_account_closed": DeclineCategory.INVALID_ACCOUNT,
        "bank_account_transferred": DeclineCategory.NEW_ACCOUNT_INFO,
        "bank_declined_payment": DeclineCategory.DO_NOT_HONOR,
        "customer_approval_denied": DeclineCategory.CUSTOMER_CANCELED,
        "daily_payment_limit_reached": DeclineCategory.AMOUNT_LIMIT,
        "direct_debit_not_enabled": DeclineCategory.INVALID_ACCOUNT,
        "insufficient_funds": DeclineCategory.INSUFFICIENT_FUNDS,
        "insufficient_payment_permissions": DeclineCategory.DO_NOT_HONOR,
        "invalid_bank_details": DeclineCategory.INVALID_ACCOUNT,
        "mandate_cancelled": DeclineCategory.REVOKED,
        "mandate_expired": DeclineCategory.REVOKED,
        "mandate_suspended_by_payer": DeclineCategory.DO_NOT_HONOR,
        "payer_deceased": DeclineCategory.REVOKED,
        "payment_stopped": DeclineCategory.REVOKED,
        "refer_to_payer": DeclineCategory.INSUFFICIENT_FUNDS,
    }
)


def category_of(cause: str, reason_code: str | None) -> DeclineCategory:
    """Return what lies behind a payment without money; what nobody knows is unmapped."""
    by_cause = CAUSES.get(cause, DeclineCategory.UNMAPPED)
    return by_cause if reason_code is None else REASONS.get(reason_code, by_cause)

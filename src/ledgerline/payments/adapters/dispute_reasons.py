"""What the reason codes of networks and debit schemes say of a dispute, whatever connector told it.

Sources: Visa, "Dispute Management Guidelines for Visa Merchants", conditions 10.1 to 13.9;
Mastercard, "Chargeback Guide", message reason codes; ISO 20022 external return reason codes (SEPA).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.payments.disputes import DisputeReason

_R: Final = DisputeReason
_FRAUD: Final = ("10.1", "10.2", "10.3", "10.4", "10.5", "4837", "4849", "4863", "4870", "4871")
CODES: Final[Mapping[str, DisputeReason]] = MappingProxyType(
    {
        **dict.fromkeys(_FRAUD, _R.FRAUD),
        "13.2": _R.CANCELED_RECURRING,
        "4841": _R.CANCELED_RECURRING,
        "13.1": _R.NOT_RECEIVED,
        "4855": _R.NOT_RECEIVED,
        "13.3": _R.NOT_AS_DESCRIBED,
        "4853": _R.NOT_AS_DESCRIBED,
        "12.6": _R.DUPLICATE,
        "12.6.1": _R.DUPLICATE,
        "12.6.2": _R.DUPLICATE,
        "4834": _R.DUPLICATE,
        "13.6": _R.CREDIT_NOT_PROCESSED,
        "13.7": _R.CREDIT_NOT_PROCESSED,
        "4860": _R.CREDIT_NOT_PROCESSED,
        "AM04": _R.INSUFFICIENT_FUNDS,
        "AC01": _R.ACCOUNT_CLOSED,
        "AC04": _R.ACCOUNT_CLOSED,
        "AC06": _R.ACCOUNT_CLOSED,
        "AC13": _R.ACCOUNT_CLOSED,
        "MD01": _R.NOT_AUTHORISED,
        "MD06": _R.NOT_AUTHORISED,  # asked back by the payer, within eight weeks and without a word
        "SL01": _R.NOT_AUTHORISED,
        "MD07": _R.ACCOUNT_CLOSED,
        "MS03": _R.PROCESSING,
        "TM01": _R.PROCESSING,
    }
)


def reason_of(code: str | None) -> DisputeReason:
    """Return what a code says; what nobody wrote down here is unmapped."""
    return _R.UNMAPPED if code is None else CODES.get(code, _R.UNMAPPED)

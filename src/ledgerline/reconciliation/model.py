"""Values of reconciliation: where files, lines and payouts stand."""

from enum import StrEnum
from typing import Final

from ledgerline.payments.contract import LineKind


class FileState(StrEnum):
    """Whether what a file says is in the books."""

    IMPORTED = "imported"
    QUARANTINED = "quarantined"
    REPLACED = "replaced"  # another file corrects it, and its postings are taken back


class Match(StrEnum):
    """What of ours a line is."""

    MATCHED = "matched"
    WAITING = "waiting"  # it proves what nobody has heard of yet: an end, a dispute, a reversal
    MISMATCH = "mismatch"  # of one that moved another amount
    DUPLICATE = "duplicate"  # of one that has its line already
    UNMATCHED = "unmatched"
    ACCOUNT = "account"  # of the account itself: fees, conversions, payouts


class PayoutState(StrEnum):
    """Where the money of a payout is."""

    ANNOUNCED = "announced"  # on its way
    PAID = "paid"  # at the bank
    RETURNED = "returned"  # the bank took it back: on its way to the provider
    FAILED = "failed"  # in the provider's balance again


class PayoutEvent(StrEnum):
    """What happens to a payout."""

    ARRIVED = "arrived"
    SENT_BACK = "sent_back"
    FAILED = "failed"


class Teller(StrEnum):
    """Who said that a payout failed; a line of the provider proves it."""

    LINE = "line"
    PERSON = "person"


PROVEN: Final = "proven"  # a line says what a person had said
WITHDRAWN: Final = "withdrawn"  # what was said of a failure was not so


OF_ACCOUNT: Final = frozenset({LineKind.FEE, LineKind.TAX_ON_FEE, LineKind.FX, LineKind.PAYOUT})
TAKEN: Final = frozenset({LineKind.DISPUTE, LineKind.BANK_RETURN})
DISPUTES: Final = TAKEN | {LineKind.DISPUTE_REVERSAL}
REFUNDS: Final = frozenset({LineKind.REFUND, LineKind.REFUND_REVERSAL})
OF_CHARGE: Final = DISPUTES | {LineKind.CHARGE}
"""Kinds of lines that name an attempt of ours; a refund names a refund, the others name nothing."""
BROKEN: Final = frozenset({Match.MISMATCH, Match.DUPLICATE, Match.UNMATCHED})
"""Lines that people must look at."""

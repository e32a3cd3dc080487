"""What reconciliation refuses, and why."""

from typing import ClassVar

from ledgerline.base.errors import Rejected


class SettlementFileKnown(Rejected):
    """Another file of the same payout is in the books; name it as the one that is corrected."""

    code: ClassVar[str] = "settlement_file_known"


class SettlementFileNotFound(Rejected):
    """The account has no such settlement file in its books."""

    code: ClassVar[str] = "settlement_file_not_found"


class SettlementFileTooLarge(Rejected):
    """A settlement file is larger than any that is read."""

    code: ClassVar[str] = "settlement_file_too_large"


class SellerUnclear(Rejected):
    """Several sellers share the account: say whose books bear what belongs to no payment."""

    code: ClassVar[str] = "seller_unclear"


class SettlementLineUnfit(Rejected):
    """The line is none that puts this payout back: of its amount, and told to people still."""

    code: ClassVar[str] = "settlement_line_unfit"


class PayoutNotFound(Rejected):
    """No provider has announced such a payout."""

    code: ClassVar[str] = "payout_not_found"


class PayoutFailed(Rejected):
    """The provider has this payout in its balance again, as a line of a settlement file says."""

    code: ClassVar[str] = "payout_failed"


class PayoutPaid(Rejected):
    """The line of the bank for this payout is in the books."""

    code: ClassVar[str] = "payout_paid"

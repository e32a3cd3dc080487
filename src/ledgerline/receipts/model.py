"""Values of receipts."""

from enum import StrEnum
from typing import ClassVar

from ledgerline.base.errors import Rejected


class ReceiptKind(StrEnum):
    """What a receipt proves."""

    PAYMENT = "payment"
    REFUND = "refund"
    REVERSAL = "reversal"  # the refund came back: corrects its receipt


class ReceiptNotFound(Rejected):
    """There is no such receipt."""

    code: ClassVar[str] = "receipt_not_found"

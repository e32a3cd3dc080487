"""Values of the ledger: accounts, purposes, transfers."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple
from uuid import UUID

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket


class Account(StrEnum):
    """Codes of the chart of accounts: those that are posted to, and those that money will need."""

    RECEIVABLE = "receivable"
    PSP_CLEARING = "psp_clearing"
    PSP_RESERVE = "psp_reserve"
    IN_TRANSIT = "in_transit"
    BANK = "bank"
    FX_CLEARING = "fx_clearing"
    DISPUTE_HOLD = "dispute_hold"
    INPUT_TAX = "input_tax"
    DEFERRED_REVENUE = "deferred_revenue"
    TAX_PAYABLE = "tax_payable"
    CUSTOMER_CREDIT = "customer_credit"
    SUSPENSE = "suspense"
    REVENUE = "revenue"
    PSP_FEES = "psp_fees"
    FX_RESULT = "fx_result"
    DISPUTE_LOSS = "dispute_loss"


class Purpose(StrEnum):
    """Why a source moved money; a source posts each purpose at most once per ``n``."""

    ISSUE_NET = "issue_net"
    ISSUE_TAX = "issue_tax"
    CREDIT_USED = "credit_used"
    CAPTURE = "capture"
    VOID_NET = "void_net"
    VOID_TAX = "void_tax"
    VOID_CREDIT = "void_credit"
    CREDIT_NET = "credit_net"
    CREDIT_EARNED = "credit_earned"
    CREDIT_TAX = "credit_tax"
    REFUND = "refund"
    UNMATCHED = "unmatched"
    MATCHED = "matched"
    RETURNED = "returned"
    RECOGNISE = "recognise"
    PSP_FEE = "psp_fee"
    PSP_FEE_TAX = "psp_fee_tax"
    FX_SOLD = "fx_sold"
    FX_BOUGHT = "fx_bought"
    PAYOUT = "payout"
    PAYOUT_REVERSED = "payout_reversed"
    BANKED = "banked"
    LINE_SUSPENSE = "line_suspense"
    DISPUTE_HOLD = "dispute_hold"
    DISPUTE_OVER = "dispute_over"
    DISPUTE_OFFSET = "dispute_offset"
    DISPUTE_LOSS = "dispute_loss"
    DISPUTE_REOPEN = "dispute_reopen"
    DISPUTE_UNCLAIMED = "dispute_unclaimed"
    REFUND_REVERSED = "refund_reversed"
    RETURN_REVERSED = "return_reversed"


class LotSource(StrEnum):
    """What a lot of credit came from."""

    CREDIT_NOTE = "credit_note"


class CreditExhausted(Rejected):
    """The customer's credit was spent by someone else first."""

    code: ClassVar[str] = "credit_exhausted"


class MonthNotOver(Rejected):
    """The month has not ended where the seller keeps its books."""

    code: ClassVar[str] = "month_not_over"


class EarlierMonthOpen(Rejected):
    """A month before this one has transfers and is open."""

    code: ClassVar[str] = "earlier_month_open"


class RevenueNotRecognised(Rejected):
    """The month earned revenue that is not in the books yet."""

    code: ClassVar[str] = "revenue_not_recognised"


class Booking(NamedTuple):
    """Whose books a moment is posted to, what it was, on which day and when it happened."""

    bucket: Bucket
    source_id: UUID
    seller_code: str
    customer_id: UUID | None
    currency: str
    on: date
    at: datetime

"""Values of the ledger: accounts, purposes, transfers."""

from enum import StrEnum
from typing import ClassVar, NamedTuple
from uuid import UUID

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket


class Account(StrEnum):
    """Codes of the chart of accounts."""

    RECEIVABLE = "receivable"
    PSP_CLEARING = "psp_clearing"
    DEFERRED_REVENUE = "deferred_revenue"
    TAX_PAYABLE = "tax_payable"
    CUSTOMER_CREDIT = "customer_credit"
    SUSPENSE = "suspense"
    REVENUE = "revenue"


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
    CREDIT_TAX = "credit_tax"
    REFUND = "refund"
    UNMATCHED = "unmatched"
    RECOGNISE = "recognise"


class CreditExhausted(Rejected):
    """The customer's credit was spent by someone else first."""

    code: ClassVar[str] = "credit_exhausted"


class Owner(NamedTuple):
    """Whose books a posting belongs to."""

    bucket: Bucket
    seller_code: str
    customer_id: UUID | None
    currency: str

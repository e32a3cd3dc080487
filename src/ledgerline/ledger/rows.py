"""Row types of the ledger tables: their fields are columns, in name and order."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, CreditLotId, CreditNoteId, CustomerId, InvoiceId, RefundId


class TransferRow(NamedTuple):
    """One row of ``transfer``, in column order."""

    bucket: Bucket
    source_id: UUID
    purpose: str
    n: int
    seller_code: str
    customer_id: UUID | None
    currency: str
    amount_minor: int
    debit: str
    credit: str
    dim: str
    booked_on: date
    occurred_at: datetime


class TransfersRow(NamedTuple):
    """How often a source has moved something."""

    transfers: int


class CreditRow(NamedTuple):
    """A customer's credit with one seller in one currency."""

    bucket: Bucket
    customer_id: UUID
    seller_code: str
    currency: str
    balance_minor: int


class LotRow(NamedTuple):
    """Credit of a customer from one source, and what is left of it."""

    bucket: Bucket
    id: CreditLotId
    customer_id: UUID
    seller_code: str
    currency: str
    source_kind: str
    source_id: UUID
    amount_minor: int
    remaining_minor: int
    expires_on: date | None
    created_at: datetime


class DrawRow(NamedTuple):
    """By how much a lot is lowered, or raised again."""

    bucket: Bucket
    id: CreditLotId
    amount_minor: int


class RecognitionRow(NamedTuple):
    """The source of what a bucket, seller, currency and category earned in a month."""

    bucket: Bucket
    seller_code: str
    currency: str
    category: str
    month: date
    source_id: UUID


class PeriodRow(NamedTuple):
    """A month of a seller's books, by its first day."""

    seller_code: str
    month: date
    state: str
    closed_at: datetime | None


class ClosedRow(NamedTuple):
    """The last month that a seller has closed, by its first day."""

    seller_code: str
    month: date


class FirstDayRow(NamedTuple):
    """The day of the first transfer, None where there is none."""

    booked_on: date | None


class TurnoverRow(NamedTuple):
    """What a month debited and credited to one account in one currency."""

    currency: str
    account: str
    debit_minor: int
    credit_minor: int


class CreditView(NamedTuple):
    """What a seller owes a customer in a currency, and the customer can use up."""

    customer_id: CustomerId
    seller_code: str
    currency: str
    balance_minor: int


class LotView(NamedTuple):
    """Credit that a credit note gave, and what is left of it."""

    id: CreditLotId
    seller_code: str
    currency: str
    source_id: CreditNoteId
    amount_minor: int
    remaining_minor: int
    expires_on: date | None
    created_at: datetime


class LotUseView(NamedTuple):
    """What an invoice or a refund took of a lot.

    With minus it came back, as the invoice became void; a refund pays it out.
    """

    lot_id: CreditLotId
    invoice_id: InvoiceId | None
    refund_id: RefundId | None
    amount_minor: int
    effective_on: date


class BalanceView(NamedTuple):
    """The turnover of one account of one seller in one currency."""

    seller_code: str
    currency: str
    account: str
    debit_minor: int
    credit_minor: int

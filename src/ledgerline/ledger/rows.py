"""Row types of the ledger tables: their fields are columns, in name and order."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket


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
    booked_on: date
    occurred_at: datetime


class CreditRow(NamedTuple):
    """A customer's credit with one seller in one currency."""

    bucket: Bucket
    customer_id: UUID
    seller_code: str
    currency: str
    balance_minor: int


class RecognitionRow(NamedTuple):
    """The source of what a bucket, seller and currency earned in the month that begins here."""

    bucket: Bucket
    seller_code: str
    currency: str
    month: date
    source_id: UUID


class BalanceView(NamedTuple):
    """The turnover of one account of one seller in one currency."""

    seller_code: str
    currency: str
    account: str
    debit_minor: int
    credit_minor: int


class CreditView(NamedTuple):
    """A customer's credit."""

    balance_minor: int

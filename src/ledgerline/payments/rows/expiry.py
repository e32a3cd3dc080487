"""Rows of what is told before a card expires."""

from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base.ids import Bucket, CustomerId, PaymentMethodId


class CardNoticeRow(NamedTuple):
    """What is told so many days before a card expires: due, told, or neither any more."""

    bucket: Bucket
    payment_method_id: PaymentMethodId
    expires_on: date
    days: int
    due_at: datetime | None
    told_at: datetime | None


class CardRow(NamedTuple):
    """Whose card a method is, and the first day on which it cannot be used, as far as known."""

    payment_method_id: PaymentMethodId
    bucket: Bucket
    customer_id: CustomerId
    expires_on: date | None

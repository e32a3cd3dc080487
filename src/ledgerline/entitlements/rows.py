"""Row types of the entitlements tables: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import Bucket, CustomerId, InvoiceId, SubscriptionId


class CoverRow(NamedTuple):
    """Cover of ``[starts_at, ends_at)``; ``paid_until`` is where it ends once paid."""

    bucket: Bucket
    subscription_id: SubscriptionId
    component: str
    starts_at: datetime
    customer_id: CustomerId
    family: str
    ends_at: datetime
    paid_until: datetime
    reason: str
    invoice_id: InvoiceId


class ProvenRow(NamedTuple):
    """An invoice whose cover is paid."""

    bucket: Bucket
    invoice_id: InvoiceId


class PaidRow(NamedTuple):
    """A subscription that has paid cover still."""

    subscription_id: SubscriptionId


class LongerRow(NamedTuple):
    """An invoice whose grace lasts so many seconds longer."""

    bucket: Bucket
    invoice_id: InvoiceId
    seconds: int


class EndedCoverRow(NamedTuple):
    """A subscription whose service ends, and the months in which what lasts can have begun."""

    bucket: Bucket
    subscription_id: SubscriptionId
    ended_at: datetime
    first_month: int
    last_month: int


class CoverView(NamedTuple):
    """When which service was or is given and why; grace is ``paid_until`` once it is paid."""

    component: str
    starts_at: datetime
    ends_at: datetime
    paid_until: datetime
    reason: str
    invoice_id: InvoiceId

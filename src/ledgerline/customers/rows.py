"""Row types of the customers tables: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import Bucket, CustomerId, SubscriptionId


class CustomerRow(NamedTuple):
    """One customer; the sealed fields open with the customer's data key."""

    bucket: Bucket
    id: CustomerId
    market_code: str
    zone: str
    locale: str
    name_sealed: bytes | None
    email_sealed: bytes | None
    version: int
    created_at: datetime


class NewCustomerRow(NamedTuple):
    """A customer to insert."""

    bucket: Bucket
    id: CustomerId
    market_code: str
    zone: str
    locale: str
    name_sealed: bytes | None
    email_sealed: bytes | None
    created_at: datetime


class TrialRow(NamedTuple):
    """A product family in which a customer has had a trial."""

    family: str


class RedemptionRow(NamedTuple):
    """The trial of a product family that a subscription uses up."""

    bucket: Bucket
    customer_id: CustomerId
    family: str
    subscription_id: SubscriptionId
    redeemed_at: datetime


class CustomerView(NamedTuple):
    """A customer; ``wrapped`` opens the sealed fields and is gone once the customer is erased."""

    bucket: Bucket
    id: CustomerId
    market_code: str
    zone: str
    locale: str
    name_sealed: bytes | None
    email_sealed: bytes | None
    created_at: datetime
    wrapped: bytes | None

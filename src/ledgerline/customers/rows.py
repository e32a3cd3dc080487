"""Row types of the customers tables: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import Bucket, CustomerId, CustomerNoteId, SubscriptionId


class CustomerRow(NamedTuple):
    """One customer as flows see it; ``version`` is the newest and names the buyer."""

    bucket: Bucket
    id: CustomerId
    market_code: str
    zone: str
    locale: str
    version: int
    created_at: datetime
    erased_at: datetime | None


class NewCustomerRow(NamedTuple):
    """A customer to insert; ``email_hash`` is the keyed hash that their address is looked up by."""

    bucket: Bucket
    id: CustomerId
    market_code: str
    zone: str
    locale: str
    email_sealed: bytes | None
    email_hash: bytes | None
    metadata: str
    external_id: str | None
    created_at: datetime


class ProfileRow(NamedTuple):
    """What may change of a customer beside the buyer; ``metadata`` is JSON text."""

    email_sealed: bytes | None
    metadata: str
    external_id: str | None


class CustomerChangeRow(NamedTuple):
    """What a customer is from its next version on; ``seen`` is the version before."""

    bucket: Bucket
    id: CustomerId
    seen: int
    locale: str
    email_sealed: bytes | None
    email_hash: bytes | None
    metadata: str
    external_id: str | None


class VersionRow(NamedTuple):
    """Who a buyer was in one version of a customer.

    ``buyer_sealed`` holds name, address and tax ids, None in the version that an erasure leaves;
    ``place_evidence`` is JSON text.
    """

    bucket: Bucket
    customer_id: CustomerId
    version: int
    locale: str
    buyer_sealed: bytes | None
    country: str | None
    tax_status: str
    place_evidence: str
    recorded_at: datetime
    actor: str


class BuyerFactRow(NamedTuple):
    """What documents say of a version of a customer; ``wrapped`` is gone once it is erased."""

    customer_id: CustomerId
    version: int
    locale: str
    tax_status: str
    buyer_sealed: bytes | None
    place_evidence: str
    wrapped: bytes | None


class RecipientRow(NamedTuple):
    """A customer as whoever writes to it sees it; ``wrapped`` is gone once it is erased."""

    bucket: Bucket
    id: CustomerId
    locale: str
    zone: str
    email_sealed: bytes | None
    erased_at: datetime | None
    tax_status: str
    wrapped: bytes | None


class CustomerKeyRow(NamedTuple):
    """The wrapped data key of a customer."""

    bucket: Bucket
    customer_id: CustomerId
    wrapped: bytes


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
    """A customer; ``wrapped`` opens the sealed fields and is gone once the customer is erased.

    ``metadata`` and ``place_evidence`` are JSON text.
    """

    bucket: Bucket
    id: CustomerId
    market_code: str
    zone: str
    locale: str
    email_sealed: bytes | None
    metadata: str
    external_id: str | None
    version: int
    created_at: datetime
    erased_at: datetime | None
    buyer_sealed: bytes | None
    tax_status: str
    place_evidence: str
    wrapped: bytes | None


class NoteRow(NamedTuple):
    """What a colleague wrote about a customer, sealed under the customer's key."""

    bucket: Bucket
    id: CustomerNoteId
    customer_id: CustomerId
    author: str
    said_sealed: bytes
    written_at: datetime

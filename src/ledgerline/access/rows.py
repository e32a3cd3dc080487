"""Row types of the access tables: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, CustomerId, PortalSessionId


class GlobalKeyRow(NamedTuple):
    """A key that is unique across all customers, and whose it is.

    ``lookup_bucket`` comes from the hash, ``bucket`` is the owner's. ``owner_id`` is what a request
    makes, None when it was refused and made nothing; for a token the customer; for an external id
    the object it names.
    """

    lookup_bucket: Bucket
    kind: str
    key_hash: bytes
    bucket: Bucket
    owner_id: UUID | None


class NewKeyRow(NamedTuple):
    """An idempotency key to reserve for what its request makes."""

    bucket: Bucket
    principal: str
    key: str
    fingerprint: bytes
    subject_id: UUID


class RefusalRow(NamedTuple):
    """An idempotency key whose request was refused, and the answer, sealed for ``customer_id``."""

    bucket: Bucket
    principal: str
    key: str
    fingerprint: bytes
    status: int
    body: bytes
    customer_id: UUID | None


class KeyRow(NamedTuple):
    """An idempotency key as stored; ``body`` is sealed under the key of ``customer_id``.

    Without a customer it is sealed under the environment's key. A finished key without a body is
    one whose customer was erased.
    """

    bucket: Bucket
    principal: str
    key: str
    fingerprint: bytes
    state: str
    subject_id: UUID | None
    status: int | None
    body: bytes | None
    customer_id: UUID | None


class AnswerRow(NamedTuple):
    """The answer of an idempotency key; ``body`` is sealed for ``customer_id``."""

    bucket: Bucket
    principal: str
    key: str
    status: int
    body: bytes
    customer_id: UUID | None


class OldKeysRow(NamedTuple):
    """How many idempotency keys are older than they are kept."""

    old: int


class AgedKeyRow(NamedTuple):
    """An idempotency key that is older than it is kept."""

    bucket: Bucket
    principal: str
    key: str
    subject_id: UUID | None


class NewApiKeyRow(NamedTuple):
    """An API key to record: the keyed hash of its secret, and what it may do until when."""

    id: str
    principal: str
    secret_hash: bytes
    scopes: list[str]
    expires_at: datetime | None
    created_at: datetime


class ApiKeyView(NamedTuple):
    """An API key as stored; without ``expires_at`` it is good until it is revoked."""

    id: str
    principal: str
    secret_hash: bytes
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None


class NewPortalRow(NamedTuple):
    """A link into the portal; of its secret a keyed hash is kept."""

    bucket: Bucket
    id: PortalSessionId
    customer_id: CustomerId
    leads_to: str
    link_hash: bytes
    created_at: datetime
    link_expires_at: datetime


class PortalRow(NamedTuple):
    """A link into the portal and its session, which has no ``cookie_hash`` until it is opened."""

    bucket: Bucket
    id: PortalSessionId
    customer_id: CustomerId
    leads_to: str
    link_hash: bytes
    created_at: datetime
    link_expires_at: datetime
    cookie_hash: bytes | None
    opened_at: datetime | None
    seen_at: datetime | None
    closed_at: datetime | None


class OwnerView(NamedTuple):
    """Whose a key is that is unique across all customers."""

    owner_id: UUID | None


class WishView(NamedTuple):
    """What a request made, found by its idempotency key."""

    subject_id: UUID | None


class CustomerOfView(NamedTuple):
    """Whose something is."""

    customer_id: UUID


class SchemaView(NamedTuple):
    """Whether the schema is there."""

    is_present: bool

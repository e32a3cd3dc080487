"""Row types of the access tables: their fields are columns, in name and order."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, CustomerId, PersonId, PortalSessionId


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
    """An API key as stored; without ``expires_at`` it is good until it is revoked.

    ``used_on`` is the last day, by the wall, on which it opened something.
    """

    id: str
    principal: str
    secret_hash: bytes
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    used_on: date | None


class ListedKeyView(NamedTuple):
    """An API key as people see it: never its secret."""

    id: str
    principal: str
    scopes: list[str]
    expires_at: datetime | None
    created_at: datetime
    revoked_at: datetime | None
    used_on: date | None


class AskedView(NamedTuple):
    """What an idempotency key was sent for: when, by whom, and how it was answered.

    ``status`` is None while it is answered, or where whoever asked went away meanwhile.
    """

    principal: str
    key: str
    status: int | None
    customer_id: UUID | None
    created_at: datetime


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


class PersonRow(NamedTuple):
    """Somebody who works at the console."""

    id: PersonId
    email: str
    name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None


class AmountLimitRow(NamedTuple):
    """How much somebody of a role may give back at once, in minor units of a currency."""

    role: str
    currency: str
    limit_minor: int


class OwnLimitRow(NamedTuple):
    """As what a person works, and one limit that was set for that; None where none was."""

    role: str
    currency: str | None
    limit_minor: int | None


class SignInLinkRow(NamedTuple):
    """A link that opens the console once: the keyed hash of its secret."""

    secret_hash: bytes
    person_id: PersonId
    created_at: datetime
    expires_at: datetime


class LinkOfRow(NamedTuple):
    """Whose link was used."""

    person_id: PersonId


class NewSessionRow(NamedTuple):
    """A session to begin: the keyed hash of what its browser shows, and the link it came by."""

    id: UUID
    secret_hash: bytes
    way: str
    link_hash: bytes | None
    person_id: PersonId
    started_at: datetime
    seen_at: datetime
    expires_at: datetime


class EndedSessionRow(NamedTuple):
    """A session that has ended."""

    id: UUID


class SessionView(NamedTuple):
    """A session and whose it is."""

    id: UUID
    person_id: PersonId
    email: str
    name: str
    role: str
    disabled_at: datetime | None
    started_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    way: str


class ColleagueView(NamedTuple):
    """Somebody who works at the console, and how they come in.

    ``signed_in_at`` is the last time; ``open_sessions`` counts what opens anything now.
    """

    id: PersonId
    email: str
    name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None
    password_set_at: datetime | None
    signed_in_at: datetime | None
    open_sessions: int


class PasswordRow(NamedTuple):
    """The slow hash of somebody's password, and since when it is theirs."""

    person_id: PersonId
    hash: str
    set_at: datetime


class KnownRow(NamedTuple):
    """Somebody by their e-mail address, with the hash of a password where they chose one."""

    id: PersonId
    disabled_at: datetime | None
    hash: str | None


class CountRow(NamedTuple):
    """How often something was tried since an instant, and when it last went well."""

    key_hash: bytes
    tries: int
    began_at: datetime
    known_at: datetime | None


class IdentityRow(NamedTuple):
    """As whom a provider knows a person, and since when."""

    person_id: PersonId
    issuer: str
    subject: str
    bound_at: datetime


class StateRow(NamedTuple):
    """A browser on its way to a provider: keyed hashes of what it must bring back."""

    state_hash: bytes
    browser_hash: bytes
    created_at: datetime
    expires_at: datetime


class FilterRow(NamedTuple):
    """A filter of a list that somebody saved; None of ``shared_with`` is for themself alone."""

    id: UUID
    person_id: PersonId
    path: str
    query: str
    name: str
    shared_with: str | None
    created_at: datetime


class LastInRow(NamedTuple):
    """When somebody last signed in."""

    started_at: datetime


class AuditRow(NamedTuple):
    """What somebody did, once; ``before`` and ``after`` are JSON text.

    ``key`` is the idempotency key it was asked for under; ``occurred_at`` is business time and
    ``recorded_at`` operational time.
    """

    id: UUID
    actor: str
    act: str
    route: str
    object_kind: str | None
    object_id: UUID | None
    customer_id: UUID | None
    key: str | None
    before: str | None
    after: str | None
    occurred_at: datetime
    recorded_at: datetime


class DoneView(NamedTuple):
    """What somebody did, by its name in the audit log."""

    act: str


class AuditAsked(NamedTuple):
    """Which entries: those whose id is below ``before``; each filter may be None."""

    before: UUID
    actor: str | None
    object_id: UUID | None
    customer_id: UUID | None
    limit: int


class SchemaView(NamedTuple):
    """Whether the schema is there."""

    is_present: bool

"""Values of access: scopes, kinds of global keys, and what is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from ledgerline.base.errors import Rejected

LINK_LASTS: Final = timedelta(minutes=10)
"""How long a sign-in link opens; like all times of sessions by the wall, never virtual."""
INVITATION_LASTS: Final = timedelta(days=1)
"""The same for somebody who never signed in: it is sent to them by whoever invites them."""
IDLE_MAX: Final = timedelta(minutes=30)
SESSION_LASTS: Final = timedelta(hours=12)
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly it is kept when a session was last used: not every request writes."""


class Scope(StrEnum):
    """What an API key may do."""

    READ = "read"
    WRITE = "write"


class Role(StrEnum):
    """As what a person works at the console."""

    OWNER = "owner"
    ADMIN = "admin"
    FINANCE = "finance"
    SUPPORT_LEAD = "support_lead"
    SUPPORT = "support"
    DEVELOPER = "developer"
    AUDITOR = "auditor"


class Way(StrEnum):
    """By what a session of the console began."""

    LINK = "link"
    PASSWORD = "password"  # noqa: S105 - a way in, not a secret
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whom an identity provider lets in: ``roles`` are the first group found, in order.

    Without any, people keep the role they were given here. ``adds_people`` lets in whom nobody
    added here, where a group gives them a role.
    """

    roles: tuple[tuple[str, Role], ...] = ()
    adds_people: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person does: ``actor`` through ``route``, to an object of a ``kind`` of ``PREFIXES``.

    ``before`` and ``after`` say what changes, where something does: ids, states, amounts in minor
    units, and never words or names of a customer.
    """

    actor: str
    name: str
    route: str
    kind: str | None = None
    object_id: UUID | None = None
    customer_id: UUID | None = None
    before: Mapping[str, object] | None = field(default=None)
    after: Mapping[str, object] | None = field(default=None)


class GlobalKind(StrEnum):
    """What is unique across all customers."""

    IDEMPOTENCY = "idempotency"
    PAYMENT_TOKEN = "payment_token"  # noqa: S105 - a kind of key, not a secret
    EXTERNAL_ID = "external_id"


class PersonNotFound(Rejected):
    """There is no such person."""

    code: ClassVar[str] = "person_not_found"


class EmailTaken(Rejected):
    """Another person has this e-mail address."""

    code: ClassVar[str] = "email_taken"


class EmailRefused(Rejected):
    """This is no e-mail address."""

    code: ClassVar[str] = "email_refused"


class LastOwner(Rejected):
    """Somebody has to stay who may do everything."""

    code: ClassVar[str] = "last_owner"


class MayNotManage(Rejected):
    """Whoever asks does not say who works here, or does so no more."""

    code: ClassVar[str] = "may_not_manage"


class OwnRole(Rejected):
    """Nobody says as what they themselves work, nor lets themself in anew."""

    code: ClassVar[str] = "own_role"


class OwnersOnly(Rejected):
    """Who is an owner is said by owners."""

    code: ClassVar[str] = "owners_only"


class NothingChanges(Rejected):
    """It is so already."""

    code: ClassVar[str] = "nothing_changes"


class AlreadyDone(Rejected):
    """The same person asked for it before, under the same key."""

    code: ClassVar[str] = "already_done"


class PasswordRefused(Rejected):
    """A password is too short, too long, or easily guessed."""

    code: ClassVar[str] = "password_refused"


class SignInRefused(Rejected):
    """E-mail address and password do not belong together, or to nobody here."""

    code: ClassVar[str] = "sign_in_refused"


class ProviderRefused(Rejected):
    """What came back from the identity provider lets nobody in."""

    code: ClassVar[str] = "provider_refused"


class FilterRefused(Rejected):
    """It filters nothing, or its name is taken, missing or too long."""

    code: ClassVar[str] = "filter_refused"


class FilterNotFound(Rejected):
    """Nobody saved this filter, or somebody else did."""

    code: ClassVar[str] = "filter_not_found"


class TooManySignIns(Rejected):
    """It was tried too often; ``retry_after_seconds`` is how long one waits."""

    code: ClassVar[str] = "too_many_sign_ins"


class AboveLimit(Rejected):
    """It gives back more than the role of whoever asks may; ``limit_minor`` is how much it may."""

    code: ClassVar[str] = "above_limit"


class LinkNotUsable(Rejected):
    """The sign-in link was used, is too old, or is none."""

    code: ClassVar[str] = "sign_in_link_not_usable"


class PortalPage(StrEnum):
    """Where in the portal a link leads to."""

    HOME = "home"
    PAY = "pay"
    UPDATE_METHOD = "update_method"
    CHANGE = "change"
    CANCEL = "cancel"


class PortalLinkNotFound(Rejected):
    """No link into the portal reads like this."""

    code: ClassVar[str] = "portal_link_not_found"


class PortalLinkUsed(Rejected):
    """The link was used before: it opens nothing any more."""

    code: ClassVar[str] = "portal_link_used"


class PortalLinkExpired(Rejected):
    """The link was not used in its time."""

    code: ClassVar[str] = "portal_link_expired"


class IdempotencyKeyReused(Rejected):
    """The key was used before with another request."""

    code: ClassVar[str] = "idempotency_key_reused"


class PaymentTokenTaken(Rejected):
    """This provider token is attached to another customer."""

    code: ClassVar[str] = "payment_token_taken"


class ExternalIdTaken(Rejected):
    """This external id already names another object of its kind."""

    code: ClassVar[str] = "external_id_taken"


class AlreadyAnswered(Rejected):
    """This question was answered before; ``status`` and the sealed ``body`` are that answer.

    ``wrapped`` is the data key of its customer, None for an answer about none.
    """

    code: ClassVar[str] = "already_answered"

    def __init__(self, status: int, body: bytes, wrapped: bytes | None) -> None:
        """Carry the answer to whoever asked again."""
        super().__init__("the answer is kept under this key")
        self.status = status
        self.body = body
        self.wrapped = wrapped


TAKEN: Final[Mapping[GlobalKind, type[Rejected]]] = MappingProxyType(
    {
        GlobalKind.IDEMPOTENCY: IdempotencyKeyReused,
        GlobalKind.PAYMENT_TOKEN: PaymentTokenTaken,
        GlobalKind.EXTERNAL_ID: ExternalIdTaken,
    }
)
"""What is refused when another owner holds a key, by its kind."""

"""Values of access: scopes, kinds of global keys, and what is refused."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

from ledgerline.base.errors import Rejected


class Scope(StrEnum):
    """What an API key may do."""

    READ = "read"
    WRITE = "write"


class GlobalKind(StrEnum):
    """What is unique across all customers."""

    IDEMPOTENCY = "idempotency"
    PAYMENT_TOKEN = "payment_token"  # noqa: S105 - a kind of key, not a secret
    EXTERNAL_ID = "external_id"


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

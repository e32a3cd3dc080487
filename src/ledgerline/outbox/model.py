"""Values of the outbox: events and refusals of idempotency keys."""

from typing import ClassVar

from ledgerline.base.errors import Rejected


class IdempotencyKeyReused(Rejected):
    """The key was used before with another request."""

    code: ClassVar[str] = "idempotency_key_reused"


class AlreadyAnswered(Rejected):
    """This question was answered before; ``status`` and the sealed ``body`` are that answer."""

    code: ClassVar[str] = "already_answered"

    def __init__(self, status: int, body: bytes) -> None:
        """Carry the answer to whoever asked again."""
        super().__init__("the answer is kept under this key")
        self.status = status
        self.body = body

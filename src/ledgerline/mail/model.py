"""Values of mails: kinds, states, and why one was not sent."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from ledgerline.base.errors import Rejected


class MailKind(StrEnum):
    """What a mail tells of; each has a fact of its own that makes it."""

    RECEIPT = "receipt"
    INVOICE = "invoice"
    REFUND = "refund"
    CREDIT_PAID_OUT = "credit_paid_out"
    REFUND_RETURNED = "refund_returned"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_REMINDER = "payment_reminder"
    PAYMENT_LAST_WARNING = "payment_last_warning"
    PAYMENT_ENDED = "payment_ended"
    ACTION_REQUIRED = "action_required"
    PAID_AFTER_FAILURE = "paid_after_failure"
    DEBIT_ANNOUNCED = "debit_announced"
    CARD_EXPIRING = "card_expiring"
    TRIAL_ENDING = "trial_ending"
    RENEWS_SOON = "renews_soon"
    ORDER_CONFIRMED = "order_confirmed"
    PLAN_CHANGED = "plan_changed"
    CHANGE_SCHEDULED = "change_scheduled"
    CHANGE_WITHDRAWN = "change_withdrawn"
    CANCELED = "canceled"
    WITHDRAWN = "withdrawn"
    KEPT = "kept"
    PAUSED = "paused"
    RESUMED = "resumed"


class MailState(StrEnum):
    """Where a mail stands.

    ``waiting`` is due; ``sending`` is handed to a server at this moment; ``sent`` was confirmed by
    it; ``shown`` is in the sink of a sandbox; ``unknown`` may have been sent and was not confirmed;
    ``bounced`` was refused by the server for good; ``failed`` was given up after its tries;
    ``skipped`` had a reason not to be sent.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    SHOWN = "shown"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    FAILED = "failed"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why nothing is sent."""

    NO_ADDRESS = "no_address"
    ERASED = "erased"
    BLOCKED = "blocked"
    OVERTAKEN = "overtaken"
    """What it would tell is not so any more, such as a failed payment that was paid meanwhile."""
    PAYER_PRESENT = "payer_present"
    """Whoever it would tell sees it on the page where they pay."""
    NOTHING_OWED = "nothing_owed"
    """An invoice of nothing, or one that is void: it has no number and never gets one."""
    RECEIPT_FOLLOWS = "receipt_follows"
    """The receipt brings the invoice with it."""


class WaitReason(StrEnum):
    """Why a mail waits."""

    NUMBER = "number"
    """Its document has no number yet."""
    BUSY = "server_busy"
    """The server asked to be tried again, or could not be reached."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail as a server takes it: ``message`` are the bytes between DATA and its end."""

    sender: str
    recipient: str
    message: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has it and says so."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """It was not taken and may be tried again."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It was refused for good; ``for_address`` says that no other mail would get there either."""

    why: str
    for_address: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """It was handed over and no answer came: nobody knows whether the server has it."""

    why: str


Outcome = Accepted | Deferred | Refused | Lost


class MailNotFound(Rejected):
    """There is no such mail."""

    code: ClassVar[str] = "mail_not_found"


class MailNotResendable(Rejected):
    """It is still on its way, or there is nobody left to send it to."""

    code: ClassVar[str] = "mail_not_resendable"

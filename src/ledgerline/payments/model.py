"""Frozen values of payments: states, outcomes, and what a connector is given and gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from typing_extensions import override

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import AttemptId, Bucket, PaymentId, RefundId
from ledgerline.base.money import Money


class Initiator(StrEnum):
    """Who started a charge: the payer is present (CIT) or the merchant acts alone (MIT)."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"


class Outcome(StrEnum):
    """The class of a reading. Anything not understood is ``UNKNOWN``, never a decline."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NOT_EXECUTED = "not_executed"
    PENDING = "pending"
    UNKNOWN = "unknown"
    ABSENT = "absent"  # a lookup found nothing: no evidence by itself


class EvidenceKind(StrEnum):
    """What closed an attempt or refund."""

    RESPONSE = "response"
    TRANSPORT = "transport"
    WITHDRAWN = "withdrawn"
    STATUS_QUERY = "status_query"
    WEBHOOK = "webhook"
    SETTLEMENT_LINE = "settlement_line"
    VOID_CONFIRMED = "void_confirmed"
    OPERATOR = "operator"


class TransportPhase(StrEnum):
    """How far a failed exchange got; only the first two prove that nothing executed."""

    NOT_CONNECTED = "not_connected"
    NO_BYTE_SENT = "no_byte_sent"
    BYTES_SENT = "bytes_sent"
    REPLY_PARTIAL = "reply_partial"


class DeclineCategory(StrEnum):
    """Our one vocabulary for refusals of issuers and providers."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    DO_NOT_HONOR = "do_not_honor"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    PROCESSOR_ERROR = "processor_error"
    AUTHENTICATION_REQUIRED = "authentication_required"
    EXPIRED_CARD = "expired_card"
    INVALID_ACCOUNT = "invalid_account"
    LOST_OR_STOLEN = "lost_or_stolen"
    SUSPECTED_FRAUD = "suspected_fraud"
    CARD_RESTRICTED = "card_restricted"
    REVOKED = "revoked"
    MERCHANT_CONFIG = "merchant_config"
    UNMAPPED = "unmapped"


class ChargeKind(StrEnum):
    """What a reference names at the provider."""

    CHARGE = "charge"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class SentAttempt:
    """An attempt that is committed as ``sent``: the only thing a connector accepts to charge."""

    bucket: Bucket
    attempt_id: AttemptId
    payment_id: PaymentId
    psp_account: str
    amount: Money
    psp_token: str
    initiator: Initiator

    @property
    def reference(self) -> str:
        """Our reference and idempotency key at the provider: the attempt id, hyphenated."""
        return str(self.attempt_id)


@dataclass(frozen=True, slots=True)
class SentRefund:
    """A refund committed as ``sent``; ``charge_ref`` is the provider's id of the capture."""

    bucket: Bucket
    refund_id: RefundId
    psp_account: str
    charge_ref: str
    amount: Money

    @property
    def reference(self) -> str:
        """Our reference and idempotency key at the provider: the refund id, hyphenated."""
        return str(self.refund_id)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A status query by our reference."""

    kind: ChargeKind
    psp_account: str
    reference: str
    amount: Money


Action = SentAttempt | SentRefund | Lookup


@dataclass(frozen=True, slots=True)
class PspRequest:
    """What goes over the wire, built purely: a replay sends identical bytes."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class PspReply:
    """A complete answer, at most 1 MiB after decompression."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """No complete answer arrived."""

    phase: TransportPhase
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer means.

    ``kind`` is the evidence it would be; ``amount`` what the provider says it moved; ``code`` its
    own word for a refusal; ``category`` ours.
    """

    outcome: Outcome
    kind: EvidenceKind
    psp_ref: str | None = None
    amount: Money | None = None
    code: str | None = None
    category: DeclineCategory | None = None
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class VerifiedEvent:
    """A webhook whose signature holds. ``reference`` is ours, ``reading`` its signed content."""

    event_key: str
    event_type: str
    kind: ChargeKind | None
    reference: str | None
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """How to reach one merchant account; secrets stay out of ``repr``."""

    code: str
    psp: str
    base_url: str
    api_secret: str
    webhook_secrets: tuple[str, ...]
    call_deadline_seconds: float

    @override
    def __repr__(self) -> str:
        """Show the account, never its secrets."""
        return f"AccountAccess({self.code!r}, {self.base_url!r})"


class SignatureRefused(Rejected):
    """A webhook that nobody we know signed, or signed too long ago."""

    code: ClassVar[str] = "signature_refused"


class Psp(Protocol):
    """The connector of one provider. Everything here is pure; the gateway does the I/O."""

    def build(self, what: Action, access: AccountAccess) -> PspRequest:
        """Build the request for ``what``: same input, same bytes."""
        ...

    def read(self, what: Action, reply: PspReply | TransportFailure) -> Reading:
        """Classify an answer to ``what``; never raises, whatever the bytes are."""
        ...

    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, access: AccountAccess, *, now: datetime
    ) -> VerifiedEvent:
        """Verify over the raw bytes, then parse; raises ``SignatureRefused``."""
        ...


class Psps(Protocol):
    """The gateway to all merchant accounts, built in ``main``; second parameter of paying flows."""

    async def call(self, what: Action, *, deadline_seconds: float | None = None) -> Reading:
        """Send ``what`` to its account and classify the answer; ``UNKNOWN`` when none came.

        Raises an AssertionError when a database transaction is open in this task.
        """
        ...

    def read_webhook(
        self, account: str, headers: Mapping[str, str], raw: bytes, *, now: datetime
    ) -> VerifiedEvent:
        """Verify and parse one webhook of ``account``; raises ``SignatureRefused``."""
        ...


class PaymentState(StrEnum):
    """Where one payment of an invoice stands."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class PaymentEvent(StrEnum):
    """What happens to a payment."""

    TRY_FAILED = "try_failed"  # and the plan has another
    CONFIRMED = "confirmed"
    GIVEN_UP = "given_up"
    CANCELED = "canceled"
    ADOPTED = "adopted"  # a late success of a closed attempt


class AttemptState(StrEnum):
    """Where one try at one provider stands."""

    SENT = "sent"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NOT_EXECUTED = "not_executed"


class AttemptEvent(StrEnum):
    """What we learn about an attempt."""

    SENT = "sent"  # again, under the same key
    ANSWER_LOST = "answer_lost"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    PROVEN_ABSENT = "proven_absent"


class RefundState(StrEnum):
    """Where one refund stands."""

    REQUESTED = "requested"
    SENT = "sent"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundEvent(StrEnum):
    """What we do with a refund or learn about it; the words are those of an attempt."""

    SENT = "sent"
    ANSWER_LOST = "answer_lost"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    PROVEN_ABSENT = "proven_absent"


class PaymentNotFound(Rejected):
    """There is no such payment."""

    code: ClassVar[str] = "payment_not_found"


class PaymentMethodNotFound(Rejected):
    """There is no such payment method of this customer."""

    code: ClassVar[str] = "payment_method_not_found"


class PspAccountNotFound(Rejected):
    """There is no such merchant account, or it is not active."""

    code: ClassVar[str] = "psp_account_not_found"


class PaymentMethodKnown(Rejected):
    """This provider token already belongs to a payment method."""

    code: ClassVar[str] = "payment_method_known"


class PaymentInProgress(Rejected):
    """An attempt of this payment may still succeed; nothing else may be tried."""

    code: ClassVar[str] = "payment_in_progress"


class RefundExceedsCaptured(Rejected):
    """More would be refunded than was captured and not refunded yet."""

    code: ClassVar[str] = "refund_exceeds_captured"


class PaymentNotRefundable(Rejected):
    """The payment has not succeeded, so there is nothing to give back."""

    code: ClassVar[str] = "payment_not_refundable"

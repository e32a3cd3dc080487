"""Frozen values of payments: states, outcomes, and what flows ask of providers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from ledgerline.base.ids import AttemptId, Bucket, PaymentId, RefundId
from ledgerline.base.moments import Dated
from ledgerline.base.money import Money
from ledgerline.payments.authentication import Authentication, PayerAction
from ledgerline.payments.capabilities import Capabilities, Light
from ledgerline.payments.debits import MandateBook, MandateTold
from ledgerline.payments.disputes import Defences, DisputeReading, SentEvidence
from ledgerline.payments.scores import ModelBook
from ledgerline.payments.setups import Saved, SentSetup


class Initiator(StrEnum):
    """Who started a charge: the payer is present (CIT) or the merchant acts alone (MIT)."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"


class Outcome(StrEnum):
    """The class of a reading. Anything not understood is ``UNKNOWN``, never a decline."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NOT_EXECUTED = "not_executed"
    REQUIRES_ACTION = "requires_action"  # the payer has to do something before it is executed
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


class DeclineCategory(StrEnum):
    """Our one vocabulary for refusals of issuers and providers; one code has one category."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    AMOUNT_LIMIT = "amount_limit"  # more than the card may spend at once or in a while
    VELOCITY_LIMIT = "velocity_limit"  # more often than the card may be used
    DO_NOT_HONOR = "do_not_honor"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    PROCESSOR_ERROR = "processor_error"
    AUTHENTICATION_REQUIRED = "authentication_required"
    AUTHENTICATION_FAILED = "authentication_failed"
    EXPIRED_CARD = "expired_card"
    NEW_ACCOUNT_INFO = "new_account_info"  # there is a newer card, or another account
    INVALID_ACCOUNT = "invalid_account"
    LOST_OR_STOLEN = "lost_or_stolen"
    SUSPECTED_FRAUD = "suspected_fraud"  # says the issuer
    FRAUD_ENGINE = "fraud_engine"  # says the provider
    CARD_RESTRICTED = "card_restricted"
    CVC_MISMATCH = "cvc_mismatch"
    AVS_MISMATCH = "avs_mismatch"
    PIN = "pin"
    REVOKED = "revoked"
    DUPLICATE = "duplicate"
    RETRY_BLOCKED = "retry_blocked"  # a network or the provider lets nobody try again
    CUSTOMER_CANCELED = "customer_canceled"
    MERCHANT_CONFIG = "merchant_config"
    CREDENTIAL_REFERENCE = "credential_reference"  # the token or what it refers to does not fit
    COMPLIANCE = "compliance"
    REQUEST_REFUSED = "request_refused"  # this one request, as it was made, was not understood
    UNMAPPED = "unmapped"


class Advice(StrEnum):
    """What a refusal advises, the strictest first: the order decides where sources differ."""

    RESOLVE_UNKNOWN = "resolve_unknown"  # an earlier try may have gone through
    STOP_RECURRING = "stop_recurring"
    NEVER = "never"
    UPDATE_INSTRUMENT = "update_instrument"
    AUTHENTICATE = "authenticate"
    ASK_CUSTOMER = "ask_customer"
    FIX_CONFIG = "fix_config"
    LATER = "later"
    NOW_OTHER_PSP = "now_other_psp"
    NOW_SAME = "now_same"


class ChargeKind(StrEnum):
    """What a reference names at the provider."""

    CHARGE = "charge"
    REFUND = "refund"
    SETUP = "setup"


@dataclass(frozen=True, slots=True)
class SentAttempt(Dated):
    """An attempt that is committed as ``sent``: the only thing a connector accepts to charge.

    ``request_digest`` stands on its row; without one nothing is ever sent for it. ``psp_ref`` is
    the provider's id of it, once it said so; no request depends on it. ``return_url`` is where the
    payer comes back to after an action; without it the provider may ask for none. With
    ``challenge`` the issuer is asked to authenticate them. A debit comes ``due_on`` that day.
    """

    bucket: Bucket
    attempt_id: AttemptId
    payment_id: PaymentId
    psp_account: str
    amount: Money
    psp_token: str
    initiator: Initiator
    request_digest: bytes | None = None
    psp_ref: str | None = None
    return_url: str | None = None
    challenge: bool = False
    due_on: date | None = None

    @property
    def reference(self) -> str:
        """Our reference and idempotency key at the provider: the attempt id, hyphenated."""
        return str(self.attempt_id)


@dataclass(frozen=True, slots=True)
class SentRefund(Dated):
    """A refund committed as ``sent``; ``charge_ref`` is the provider's id of the capture."""

    bucket: Bucket
    refund_id: RefundId
    psp_account: str
    charge_ref: str
    amount: Money
    request_digest: bytes | None = None
    psp_ref: str | None = None

    @property
    def reference(self) -> str:
        """Our reference and idempotency key at the provider: the refund id, hyphenated."""
        return str(self.refund_id)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A status query by our reference, with what else is known of its subject.

    ``psp_ref`` is the provider's id of it, ``charge_ref`` that of the capture a refund is of,
    ``psp_token`` what was to be charged, ``sent_at`` when it was sent first. Set-ups are of zero.
    """

    kind: ChargeKind
    psp_account: str
    reference: str
    amount: Money
    psp_ref: str | None = None
    charge_ref: str | None = None
    psp_token: str | None = None
    sent_at: datetime | None = None


Action = SentAttempt | SentRefund | Lookup
Sent = TypeVar("Sent", bound=SentAttempt | SentRefund | SentSetup | SentEvidence)


class Funding(StrEnum):
    """Whose money a card spends."""

    CREDIT = "credit"
    DEBIT = "debit"
    PREPAID = "prepaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What is known of a card beside its token; ``expires`` is its last month, ``YYYY-MM``.

    ``fingerprint`` is the provider's own word for the card; it is kept as a keyed hash only.
    """

    fingerprint: str | None = None
    bin: str | None = None
    funding: Funding | None = None
    issuer_country: str | None = None
    expires: str | None = None


NOTHING_KNOWN: Final = CardFacts()


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer means.

    ``kind`` is the evidence it would be; ``amount`` what the provider says it moved; ``code`` its
    own word for a refusal; ``category`` ours; ``network_id`` is the network's id of the charge.
    ``network_advice`` is the network's, as ``mac_03`` (Mastercard) or ``visa_1``;
    ``provider_advice`` the provider's. Before ``retry_after_seconds`` it is not asked again.
    ``action`` is what ``REQUIRES_ACTION`` asks of the payer, ``saved`` what a set-up has brought,
    ``taken_back`` the dispute that a success was seen to be lost to meanwhile.
    """

    outcome: Outcome
    kind: EvidenceKind
    psp_ref: str | None = None
    amount: Money | None = None
    code: str | None = None
    category: DeclineCategory | None = None
    network_advice: str | None = None
    provider_advice: Advice | None = None
    retry_after_seconds: int | None = None
    card: CardFacts = NOTHING_KNOWN
    network_id: str | None = None
    action: PayerAction | None = None
    authentication: Authentication | None = None
    saved: Saved | None = None
    taken_back: DisputeReading | None = None


@dataclass(frozen=True, slots=True)
class VerifiedEvent:
    """A webhook whose signature holds. ``reference`` is ours, ``reading`` its signed content.

    ``kind`` says what the reading is of, if the provider says so: it decides nothing of the other.
    ``dispute`` is what it tells of a dispute, ``alarm`` what people must hear of, since no machine
    acts on it: money that moved at the provider's own place, or a dispute that is none of ours.
    """

    event_key: str
    event_type: str
    kind: ChargeKind | None
    reference: str | None
    reading: Reading | None
    alarm: str | None = None
    dispute: DisputeReading | None = None
    mandate: MandateTold | None = None


class Psps(MandateBook, ModelBook, Protocol):
    """The gateway to all merchant accounts; second parameter of the flows that pay."""

    def capabilities(self, account: str) -> Capabilities:
        """Say what the provider of an account can do; nothing for an account not loaded here."""

    def is_loaded(self, account: str) -> bool:
        """Say whether this process knows an account; one that was registered later it does not."""

    def call_deadline(self, account: str) -> timedelta:
        """Return how long a conversation with an account may take; the longest if not loaded."""

    def clock(self, account: str) -> datetime | None:
        """Return what time it is at the provider of an account, where its clock was seen lately."""

    def prepared(self, what: Sent) -> Sent:
        """Return ``what``, decided now, with the digest of its request, to be committed with it.

        Without I/O. An account not loaded has no digest: ``call`` proves that nothing is sent.
        """

    def lights(self, *, now: datetime, to_charge: bool) -> Mapping[str, Light]:
        """Say which accounts are not ``CLOSED``; ``to_charge`` takes a half-open one's probe."""

    async def call(self, what: Action) -> Reading:
        """Have one conversation about ``what`` and classify it; ``UNKNOWN`` when no answer came.

        Sends the request whose digest ``what`` bears, soon after it was decided, or nothing. An
        AssertionError: a transaction is open in this task, or a connector breaks its contract.
        """

    async def confirm(self, sent: SentAttempt, result: str) -> Reading:
        """Go on with an attempt whose payer is back, committed as ``sent`` once more.

        The same ``result`` executes nothing twice; ``UNKNOWN`` where none is taken (``confirms``).
        """

    async def cancel(self, subject: Lookup) -> Reading:
        """Have a charge ended that is not wanted any more.

        ``NOT_EXECUTED`` with ``VOID_CONFIRMED``: it never will be executed. One that was reads as
        what it came to, one that cannot be ended yet as ``PENDING``, anything else as ``UNKNOWN``.
        """

    async def set_up(self, sent: SentSetup) -> Reading:
        """Have the conversation that sets up a means to pay, as ``call`` has that of a charge."""

    async def find_set_up(self, subject: Lookup) -> Reading:
        """Ask what became of a set-up; ``UNKNOWN`` where nothing can be asked."""

    async def confirm_set_up(self, sent: SentSetup, result: str) -> Reading:
        """Do for a set-up what ``confirm`` does for an attempt."""

    async def cancel_set_up(self, subject: Lookup) -> Reading:
        """Do for a set-up what ``cancel`` does for a charge."""

    async def defences(self, account: str, dispute_ref: str) -> Defences:
        """Ask for which reasons evidence of a dispute is taken, where its provider names some."""

    async def send_evidence(self, sent: SentEvidence) -> Reading:
        """Hand evidence in, once: the request whose digest it bears, or nothing."""

    async def find_evidence(self, sent: SentEvidence) -> Reading:
        """Ask whether evidence was handed in; ``UNKNOWN`` where nothing can be asked."""

    def read_webhook(
        self, account: str, headers: Mapping[str, str], raw: bytes, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        """Verify and parse one delivery to ``account``; raises ``SignatureRefused``."""


class PaymentState(StrEnum):
    """Where one payment of an invoice stands."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class PaymentEvent(StrEnum):
    """What happens to a payment."""

    TRY_FAILED = "try_failed"  # and the plan has another, or waits for the payer
    POSTPONED = "postponed"  # nothing was executed, and that is not the payer's doing
    CONFIRMED = "confirmed"
    GIVEN_UP = "given_up"
    CANCELED = "canceled"
    ADOPTED = "adopted"  # a late success of a closed attempt


class AttemptState(StrEnum):
    """Where one try at one provider stands."""

    SENT = "sent"
    UNKNOWN = "unknown"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NOT_EXECUTED = "not_executed"


class AttemptEvent(StrEnum):
    """What we learn about an attempt."""

    SENT = "sent"  # again, under the same key
    ACTION_ASKED = "action_asked"
    ANSWER_LOST = "answer_lost"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    PROVEN_ABSENT = "proven_absent"


class AccountStatus(StrEnum):
    """Whether new charges go to a merchant account; what was begun there ends there either way."""

    ACTIVE = "active"
    DISABLED = "disabled"


class RefundCause(StrEnum):
    """Why money is given back."""

    ASKED = "asked"
    LATE_CHANGE = "late_change"  # it was paid for a change that came too late
    LATE_SUCCESS = "late_success"  # of a charge that was given up, and nothing is open for it
    CREDIT = "credit"  # is paid out


class RefundState(StrEnum):
    """Where one refund stands."""

    REQUESTED = "requested"
    SENT = "sent"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"  # it had succeeded, and the money came back to the provider


class RefundEvent(StrEnum):
    """What we do with a refund or learn about it; the words are those of an attempt."""

    SENT = "sent"
    ANSWER_LOST = "answer_lost"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    PROVEN_ABSENT = "proven_absent"
    POSTPONED = "postponed"  # nothing was executed: it is asked for still
    REVERSED = "reversed"

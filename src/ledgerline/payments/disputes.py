"""Frozen values of disputes: what a payer or bank takes back of a charge, and what is told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ledgerline.base.ids import Bucket, DisputeEvidenceId
from ledgerline.base.moments import Dated
from ledgerline.base.money import Money


class DisputeKind(StrEnum):
    """Who takes money back: a card's issuer, a wallet, or the bank that was debited."""

    CARD = "card"
    WALLET_CLAIM = "wallet_claim"
    BANK_RETURN = "bank_return"


class DisputeStage(StrEnum):
    """How far a dispute went; an inquiry moves no money yet."""

    INQUIRY = "inquiry"
    FORMAL = "formal"
    PRE_ARBITRATION = "pre_arbitration"
    ARBITRATION = "arbitration"


class DisputeReason(StrEnum):
    """Why it is disputed: our one vocabulary for what networks and banks say."""

    FRAUD = "fraud"
    CANCELED_RECURRING = "canceled_recurring"
    NOT_AUTHORISED = "not_authorised"
    NOT_RECEIVED = "not_received"
    NOT_AS_DESCRIBED = "not_as_described"
    DUPLICATE = "duplicate"
    CREDIT_NOT_PROCESSED = "credit_not_processed"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    ACCOUNT_CLOSED = "account_closed"
    PROCESSING = "processing"
    UNMAPPED = "unmapped"


class DisputeState(StrEnum):
    """Where a dispute stands."""

    WARNING = "warning"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    WON = "won"
    LOST = "lost"


class DisputeEvent(StrEnum):
    """What is told of a dispute or done about it."""

    WARNED = "warned"  # somebody asks; no money moved
    OPENED = "opened"  # the amount was taken from us; also when the next stage takes it again
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    EXPIRED = "expired"  # the time to answer is over: what came of it is told later
    WITHDRAWN = "withdrawn"
    WON = "won"
    LOST = "lost"


SHIFTED: Final = "shifted"
"""What is noted where less of a dispute is over or held: a refund came to nothing, money came late,
or credit of the same invoice stands for it."""


class WhenLost(StrEnum):
    """What follows when a dispute is lost."""

    ABSORB = "absorb"  # it is our loss; what was paid stays paid
    RECOLLECT = "recollect"  # the invoice is owed again, and a new payment collects it


class DisputeSource(StrEnum):
    """Where a fact of a dispute came from."""

    WEBHOOK = "webhook"
    SETTLEMENT_LINE = "settlement_line"
    OPERATOR = "operator"
    CLOCK = "clock"
    REFUND = "refund"  # or credit, or late money, of the same payment
    RESPONSE = "response"  # the provider's, to what we sent it


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeReading:
    """What a provider told of a dispute.

    ``psp_ref`` is its id of the dispute, ``charge_ref`` that of the charge. ``amount`` is None
    where it is not said: then all of the charge is meant. ``due_by`` is when an answer must be
    there, ``occurred_at`` when it happened: what is older than what is known changes no state.
    """

    event: DisputeEvent
    kind: DisputeKind
    stage: DisputeStage
    psp_ref: str | None
    charge_ref: str | None
    amount: Money | None = None
    reason: DisputeReason = DisputeReason.UNMAPPED
    reason_code: str | None = None
    due_by: datetime | None = None
    occurred_at: datetime | None = None


class EvidenceState(StrEnum):
    """Where evidence stands that was sent to a provider."""

    SENT = "sent"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"  # it is on its way to the network
    REFUSED = "refused"  # the provider takes it not as it is
    NOT_EXECUTED = "not_executed"  # it never arrived
    LAPSED = "lapsed"  # the dispute was decided before anybody knew


class EvidenceEvent(StrEnum):
    """What is learnt about evidence that was sent."""

    SENT = "sent"  # again, under the same key
    ANSWER_LOST = "answer_lost"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    PROVEN_ABSENT = "proven_absent"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEvidence(Dated):
    """Evidence for a dispute, committed as sent: the only thing a connector sends of it.

    ``dispute_ref`` is the provider's id of the dispute, ``pack`` a PDF. ``defence`` is which of the
    provider's reasons it is sent for, in the provider's words, where it wants one to be named.
    """

    bucket: Bucket
    evidence_id: DisputeEvidenceId
    psp_account: str
    dispute_ref: str
    pack: bytes
    defence: str | None = None
    request_digest: bytes | None = None

    @property
    def reference(self) -> str:
        """Our reference and idempotency key at the provider: the id, hyphenated."""
        return str(self.evidence_id)


@dataclass(frozen=True, slots=True)
class Defences:
    """Reasons for which a provider takes evidence of a dispute; None where it was not understood.

    The first is the one that is taken where nobody names one.
    """

    names: tuple[str, ...] | None

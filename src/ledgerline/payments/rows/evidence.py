"""Rows of what people take for the end of a charge or refund."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, EvidenceProposalId, PaymentId


class NewProposalRow(NamedTuple):
    """A proposal to record: what a provider wrote, and a digest of its letter."""

    bucket: Bucket
    id: EvidenceProposalId
    subject_id: UUID
    kind: str
    outcome: str
    psp_ref: str | None
    note: str
    file_sha256: bytes | None
    state: str
    state_before: str
    state_event: str
    proposed_by: str
    proposed_at: datetime


class ProposalRow(NamedTuple):
    """A proposal as it stands."""

    bucket: Bucket
    id: EvidenceProposalId
    subject_id: UUID
    kind: str
    outcome: str
    psp_ref: str | None
    state: str
    proposed_by: str


class EndedProposalRow(NamedTuple):
    """How a proposal ends, and who ends it."""

    bucket: Bucket
    id: EvidenceProposalId
    state_event: str
    state: str
    ended_by: str
    ended_at: datetime


class OvertakenRow(NamedTuple):
    """A charge or refund whose provider was heard."""

    bucket: Bucket
    subject_id: UUID


class OpenReasonRow(NamedTuple):
    """Why something is open."""

    reason: str


class ProposalView(NamedTuple):
    """A proposal, and the payment that it is about."""

    bucket: Bucket
    id: EvidenceProposalId
    subject_id: UUID
    kind: str
    payment_id: PaymentId
    outcome: str
    psp_ref: str | None
    note: str
    file_sha256: bytes | None
    state: str
    proposed_by: str
    proposed_at: datetime
    ended_by: str | None
    ended_at: datetime | None


class ProposalsAsked(NamedTuple):
    """Which proposals: those whose id is below ``before``; each filter may be None."""

    before: UUID
    state: str | None
    bucket: Bucket | None
    subject_id: UUID | None
    limit: int


class SubjectView(NamedTuple):
    """A charge or refund that people may be asked about, with all that was found out of it."""

    kind: str
    bucket: Bucket
    id: UUID
    payment_id: PaymentId
    psp_account: str
    state: str
    currency: str
    amount_minor: int
    sent_at: datetime
    unknown_since: datetime | None
    looks: int
    psp_ref: str | None
    psp_code: str | None


class HeardView(NamedTuple):
    """What was heard of a charge or refund: a webhook, a line of a file, evidence."""

    source: str
    what: str
    name: str
    at: datetime

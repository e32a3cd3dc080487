"""Propose how a charge or refund ended, by what its provider wrote."""

from dataclasses import dataclass
from uuid import UUID

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, EvidenceProposalId, RefundId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.payments import evidence
from ledgerline.payments import store as payments
from ledgerline.payments.refusals import EvidenceNotFound
from ledgerline.payments.rows.evidence import NewProposalRow
from ledgerline.payments.rules.evidence import (
    PROPOSAL,
    Ending,
    Subject,
    require_proposable,
    require_reference,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """How a charge or refund ended: who says so, and in which words of its provider.

    ``psp_ref`` is the provider's id of it, ``file_sha256`` the digest of its letter, where there is
    one: 32 bytes.
    """

    subject: Subject
    subject_id: UUID
    ending: Ending
    note: str
    by: str
    psp_ref: str | None = None
    file_sha256: bytes | None = None


@repeated
async def propose_evidence(
    run: Run, proposal: Proposal, *, command: Command | None = None
) -> EvidenceProposalId:
    """Record a proposal, which changes nothing until a second person approves it.

    With the same ``command`` a repeat finds the first. Raises ``EvidenceNotFound``,
    ``EvidenceNotProposable`` where nothing is open that it would end, ``EvidenceProposed``,
    ``EvidenceNeedsReference`` and ``CardNumberRefused``.
    """
    cards.refuse_cards([proposal.note, proposal.by, proposal.psp_ref or ""])
    require_reference(proposal.ending, proposal.psp_ref)
    bucket = bucket_of(proposal.subject_id)
    proposal_id = EvidenceProposalId(run.new_id(bucket))
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=proposal_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return EvidenceProposalId(held.subject_id)
        await _lock(tx, proposal)
        opened = await evidence.read_open_reasons(tx, bucket=bucket, subject_id=proposal.subject_id)
        require_proposable(proposal.subject, {row.reason for row in opened})
        await evidence.add_proposal(
            tx,
            NewProposalRow(
                bucket=bucket,
                id=proposal_id,
                subject_id=proposal.subject_id,
                kind=proposal.subject,
                outcome=proposal.ending,
                psp_ref=proposal.psp_ref,
                note=proposal.note,
                file_sha256=proposal.file_sha256,
                state=PROPOSAL.initial,
                state_before="-",
                state_event="created",
                proposed_by=proposal.by,
                proposed_at=run.now(),
            ),
        )
    return proposal_id


async def _lock(tx: Tx, proposal: Proposal) -> None:
    """Lock the attempt or refund, so that it does not end meanwhile."""
    bucket = bucket_of(proposal.subject_id)
    found: object
    if proposal.subject is Subject.ATTEMPT:
        found = await payments.lock_attempts(
            tx, buckets=[bucket], ids=[AttemptId(proposal.subject_id)]
        )
    else:
        found = await payments.lock_refund(tx, bucket=bucket, id=RefundId(proposal.subject_id))
    if not found:
        raise EvidenceNotFound(f"there is no such {proposal.subject}")

"""End a charge or refund by what two people take for its end."""

from datetime import datetime

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, EvidenceProposalId, RefundId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.settle_attempt import Evidence, settle_attempt_in
from ledgerline.flows.settle_refund import settle_refund_in
from ledgerline.payments import evidence
from ledgerline.payments.refusals import EvidenceNotFound, EvidenceNotOpen
from ledgerline.payments.rows.evidence import EndedProposalRow, ProposalRow
from ledgerline.payments.rules.evidence import (
    PROPOSAL,
    Ending,
    ProposalEvent,
    ProposalState,
    Subject,
    reading_of,
    require_other,
)
from ledgerline.payments.rules.lifecycle import REFUND_ENDED
from ledgerline.payments.rules.settlement import Fail, Over, Succeed


@repeated
async def approve_evidence(
    run: Run, proposal_id: EvidenceProposalId, *, by: str, command: Command | None = None
) -> None:
    """Approve what somebody else proposed: the charge or refund ends by it, as by any evidence.

    With the same ``command`` a repeat changes nothing. Raises ``EvidenceNotFound``,
    ``SelfApproval``, ``EvidenceNotOpen`` where its provider was heard meanwhile or somebody was
    faster, and ``CardNumberRefused``.
    """
    cards.refuse_cards([by])
    bucket, now = bucket_of(proposal_id), run.now()
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=proposal_id)
            if held is not None:
                return
        found = await evidence.find_proposal(tx, bucket=bucket, id=proposal_id)
        if found is None:
            raise EvidenceNotFound("there is no such proposal")
        _require_open(found)
        require_other(found.proposed_by, by)
        # The charge or refund is locked and ended first: whoever hears its provider does the same.
        ended = await _end(tx, run, found, now=now)
        event = ProposalEvent.APPROVED
        row = EndedProposalRow(
            bucket=bucket,
            id=proposal_id,
            state_event=event,
            state=PROPOSAL.after(ProposalState.PROPOSED, event),
            ended_by=by,
            ended_at=now,
        )
        if not ended or not await evidence.end_proposal(tx, row):
            raise EvidenceNotOpen("its provider was heard meanwhile, or somebody was faster")


def _require_open(found: ProposalRow) -> None:
    if found.state != ProposalState.PROPOSED:
        raise EvidenceNotOpen(f"the proposal is {found.state}", state=found.state)


async def _end(tx: Tx, run: Run, found: ProposalRow, *, now: datetime) -> bool:
    """Apply the proposal as evidence; say whether it ended what it is about."""
    reading = reading_of(Ending(found.outcome), found.psp_ref)
    if found.kind == Subject.REFUND:
        before, after = await settle_refund_in(
            tx, run, RefundId(found.subject_id), reading, now=now
        )
        return before not in REFUND_ENDED and after in REFUND_ENDED
    attempt_id = AttemptId(found.subject_id)
    verdicts = await settle_attempt_in(
        tx, run, [Evidence(found.bucket, attempt_id, reading)], now=now
    )
    return isinstance(verdicts[attempt_id], (Succeed, Fail, Over))
